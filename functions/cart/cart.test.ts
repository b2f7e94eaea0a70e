import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { person } from '../../shared/testing/tokens.ts'
import { product } from '../product/service.ts'
import { guestOf, makeProduct } from './cart-lab.ts'
import { cart } from './service.ts'

const path = '/api/v1/cart/'
const add = `${path}add/`
const doors = ['process', 'host', 'gateway'] as const

let shop: Shop
let pot: number
let cup: number

before(async () => {
  shop = await openShop([product, cart])
  pot = await makeProduct(shop, { name: 'Tea pot', price: '12.99', stock_count: 50 })
  cup = await makeProduct(shop, { name: 'Cup', price: '0.10', stock_count: 5_000 })
})
after(() => shop.close())

for (const door of doors) {
  test(`${door}: a user's cart from empty to full and back`, async () => {
    const as = person(`${door} user`)
    const empty = await shop.call('GET', path, { door, as })
    assert.deepEqual(empty.body, {
      cart_id: null,
      user_id: as.id,
      items: [],
      total: '0.00',
      item_count: 0,
      updated_at: null,
    })
    assert.equal(empty.headers.get('cache-control'), 'private, no-store')
    const added = await shop.call('POST', add, { door, as, body: { product_id: pot, quantity: 2 } })
    assert.equal(added.status, 200)
    assert.equal(added.body.status, 'success')
    assert.match(added.body.item_id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    assert.match(added.body.cart_id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    assert.deepEqual(guestOf(added), undefined)
    await shop.call('POST', add, { door, as, body: { product_id: cup, quantity: 3 } })
    await shop.call('POST', add, { door, as, body: { product_id: pot } })
    const { body, headers } = await shop.call('GET', path, { door, as })
    const line = { image: null, problem: null }
    assert.deepEqual(body.items, [
      {
        product_id: pot,
        quantity: 3,
        name: 'Tea pot',
        price: '12.99',
        line_total: '38.97',
        available: 50,
        ...line,
      },
      {
        product_id: cup,
        quantity: 3,
        name: 'Cup',
        price: '0.10',
        line_total: '0.30',
        available: 5_000,
        ...line,
      },
    ])
    assert.equal(body.total, '39.27')
    assert.equal(body.item_count, 6)
    assert.equal('stale' in body, false)
    assert.match(headers.get('etag') ?? '', /^"3-/)
    const item = `${path}items/${pot}/`
    const set = await shop.call('PATCH', item, { door, as, body: { quantity: 7 } })
    assert.equal(set.body.items[0].quantity, 7)
    const zero = await shop.call('PATCH', item, { door, as, body: { quantity: 0 } })
    assert.deepEqual(zero.body.items.map(idOf), [cup])
    assert.equal((await shop.call('DELETE', item, { door, as })).status, 404)
    const gone = await shop.call('DELETE', `${path}items/${cup}/`, { door, as })
    assert.deepEqual(gone.body.items, [])
    await shop.call('POST', add, { door, as, body: { product_id: cup } })
    const emptied = await shop.call('DELETE', path, { door, as })
    assert.deepEqual([emptied.status, emptied.body.items], [200, []])
  })

  test(`${door}: a guest gets a cookie with the first add and not before`, async () => {
    const newcomer = await shop.call('GET', path, { door })
    assert.deepEqual([newcomer.body.cart_id, newcomer.body.user_id], [null, null])
    assert.equal(newcomer.headers.get('set-cookie'), null)
    const added = await shop.call('POST', add, { door, body: { product_id: pot } })
    const whole = added.headers.getSetCookie()[0] ?? ''
    assert.match(
      whole,
      /^souk_guest=[0-9a-f-]{36}\.[\w-]{43}; Path=\/api\/v1\/cart\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/,
    )
    const cookie = guestOf(added) ?? ''
    const found = await shop.call('GET', path, { door, headers: { cookie } })
    assert.deepEqual(found.body.items.map(idOf), [pot])
    assert.equal(found.body.user_id, null)
    const forged = cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    const other = await shop.call('GET', path, { door, headers: { cookie: forged } })
    assert.deepEqual(other.body.items, [], 'a forged cookie is none')
    const bare = cookie.replace(/\..*/, '')
    const unsigned = await shop.call('GET', path, { door, headers: { cookie: bare } })
    assert.deepEqual(unsigned.body.items, [])
    const user = await shop.call('GET', path, { door, as: 'customer', headers: { cookie } })
    assert.deepEqual(user.body.items, [], 'the token decides')
  })
}

test('over https the cookie is Secure', async () => {
  const headers = { 'x-forwarded-proto': 'https' }
  const added = await shop.call('POST', add, { body: { product_id: pot }, headers })
  assert.match(added.headers.get('set-cookie') ?? '', /; Secure$/)
})

test('a refused add of a newcomer leaves neither cart nor cookie', async () => {
  const count = () => shop.db('cart').sql`select count(*) from cart`.text()
  const before = await count()
  for (const body of [{ product_id: 999_999 }, { product_id: pot, quantity: 51 }]) {
    const refused = await shop.call('POST', add, { body })
    assert.ok(refused.status >= 400)
    assert.equal(refused.headers.get('set-cookie'), null)
  }
  assert.equal(await count(), before)
})

test('unknown product 404, over stock or 999 409 with what is available', async () => {
  const as = person('limits')
  const put = (body: object) => shop.call('POST', add, { as, body })
  assert.equal((await put({ product_id: 999_999 })).status, 404)
  await put({ product_id: pot, quantity: 48 })
  const over = await put({ product_id: pot, quantity: 3 })
  assert.deepEqual(
    [over.status, over.body.code, over.body.available],
    [409, 'insufficient_stock', 50],
  )
  await put({ product_id: cup, quantity: 999 })
  const most = await put({ product_id: cup })
  assert.deepEqual([most.status, most.body.available], [409, 999])
  const item = `${path}items/${pot}/`
  const set = await shop.call('PATCH', item, { as, body: { quantity: 51 } })
  assert.deepEqual([set.status, set.body.available], [409, 50])
  const { body } = await shop.call('GET', path, { as })
  assert.deepEqual(body.items.map(quantityOf), [48, 999])
})

test('If-Match: the cart as it was, whatever the products did since', async () => {
  const as = person('if-match')
  const first = await shop.call('POST', add, { as, body: { product_id: pot } })
  const tag = first.headers.get('etag') ?? ''
  const item = `${path}items/${pot}/`
  const patch = (etag: string, quantity: number) =>
    shop.call('PATCH', item, { as, body: { quantity }, headers: { 'if-match': etag } })
  const second = await patch(tag, 2)
  assert.equal(second.status, 200)
  for (const old of [tag, `W/${second.headers.get('etag')}`, '"x"']) {
    const stale = await patch(old, 3)
    assert.deepEqual([stale.status, stale.body.code], [412, 'precondition_failed'])
  }
  for (const headers of [{ 'if-match': tag }] as const) {
    const body = { product_id: pot }
    assert.equal((await shop.call('POST', add, { as, body, headers })).status, 412)
    assert.equal((await shop.call('DELETE', item, { as, headers })).status, 412)
    assert.equal((await shop.call('DELETE', path, { as, headers })).status, 412)
  }
  const now = second.headers.get('etag') ?? ''
  assert.equal((await patch(`"x", ${now}`, 4)).status, 200)
  assert.equal((await patch('*', 5)).status, 200)
  const { body } = await shop.call('GET', path, { as })
  assert.deepEqual(body.items.map(quantityOf), [5])
})

test('of ten changes with one tag only one is made', async () => {
  const as = person('one tag')
  await shop.call('POST', add, { as, body: { product_id: pot } })
  const look = () => shop.call('GET', path, { as })
  for (let round = 0; round < 5; round++) {
    // All connections are open, else the first would be through before the second has one.
    const looks = await Promise.all(Array.from({ length: 20 }, look))
    const tag = looks[0]?.headers.get('etag') ?? ''
    const tries = Array.from({ length: 10 }, (_, at) =>
      shop.call('PATCH', `${path}items/${pot}/`, {
        as,
        body: { quantity: at + 2 },
        headers: { 'if-match': tag },
      }),
    )
    const statuses = (await Promise.all(tries)).map(({ status }) => status)
    assert.deepEqual(statuses.sort(), [200, ...Array(9).fill(412)])
  }
})

test('an Idempotency-Key counts once; another body is refused, another user has keys of their own', async () => {
  const as = person('keys')
  const headers = { 'idempotency-key': randomUUID() }
  const put = (who: typeof as, body: object) => shop.call('POST', add, { as: who, headers, body })
  const first = await put(as, { product_id: pot })
  const again = await put(as, { product_id: pot })
  assert.equal(again.text, first.text)
  assert.equal((await put(as, { product_id: cup })).status, 422)
  assert.equal((await put(person('other keys'), { product_id: pot })).status, 200)
  const { body } = await shop.call('GET', path, { as })
  assert.deepEqual(body.items.map(quantityOf), [1])
  const guest = await shop.call('POST', add, { headers, body: { product_id: pot } })
  const retried = await shop.call('POST', add, { headers, body: { product_id: pot } })
  assert.equal(guestOf(retried), guestOf(guest), 'a lost answer costs a newcomer no cart')
})

test('a hundred lines and no more, however many come at once', async () => {
  const as = person('many lines')
  const { sql } = shop.db('product')
  const rows = await sql<{ id: number }>`
    insert into product (name, slug, price, stock_count, user_id)
    select 'Bead ' || n, 'bead-' || n, 0.01, 100, gen_random_uuid()
      from generate_series(1, 110) n returning id`
  const adds = rows.map(({ id }) => shop.call('POST', add, { as, body: { product_id: id } }))
  const replies = await Promise.all(adds)
  const full = replies.filter(({ status }) => status !== 200)
  assert.ok(full.every(({ status, body }) => status === 409 && body.code === 'cart_full'))
  assert.equal(full.length, 10)
  const { body } = await shop.call('GET', path, { as })
  assert.equal(body.items.length, 100)
  const known = body.items[0].product_id
  const more = await shop.call('POST', add, { as, body: { product_id: known } })
  assert.equal(more.status, 200, 'a full cart still takes more of what it holds')
})

function idOf({ product_id }: { product_id: number }) {
  return product_id
}
function quantityOf({ quantity }: { quantity: number }) {
  return quantity
}
