import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { person } from '../../shared/testing/tokens.ts'
import { product } from '../product/service.ts'
import {
  addUntilAnswered,
  type CartProcess,
  databaseUrlOf,
  guestOf,
  makeProduct,
  startCart,
} from './cart-lab.ts'
import { merge } from './merge.ts'
import { cart } from './service.ts'

const path = '/api/v1/cart/'
const add = `${path}add/`

let shop: Shop

before(async () => {
  shop = await openShop([product, cart])
})
after(() => shop.close())

describe('two processes of the service', () => {
  const processes: CartProcess[] = []
  before(async () => {
    const url = databaseUrlOf(shop, 'cart')
    const products = [shop.url('host', 'product')]
    processes.push(await startCart(url, products), await startCart(url, products))
  })
  after(() => Promise.all(processes.map((it) => it.stop())))

  const addOne = (cookie: string, body: object, key: string, at: number) =>
    addUntilAnswered([...processes.slice(at % 2), ...processes], cookie, body, key)

  test('1,000 concurrent adds, each sent three times more with its key: every one counts once', async (t) => {
    // Two products, for a line holds 999.
    const ids = [await makeProduct(shop), await makeProduct(shop)]
    await shop.db('product').sql`update product set stock_count = 5000`
    const first = await shop.call('POST', add, { body: { product_id: ids[0] } })
    const cookie = guestOf(first) ?? ''
    const keys = Array.from({ length: 1_000 }, () => randomUUID())
    for (let round = 0; round < 4; round++) {
      const started = performance.now()
      const adds = keys.map((key, at) =>
        addOne(cookie, { product_id: ids[at % 2] }, key, at + round),
      )
      const again = (await Promise.all(adds)).reduce((sum, { again }) => sum + again, 0)
      const ms = Math.round(performance.now() - started)
      t.diagnostic(`round ${round}: ${ms} ms, told to try again ${again} times`)
      const { body } = await shop.call('GET', path, { headers: { cookie } })
      const found = body.items.map((it: { quantity: number }) => it.quantity)
      assert.deepEqual(found, [501, 500])
    }
  })

  test('1,000 concurrent adds of which a stock of 300 allows 300', async () => {
    const id = await makeProduct(shop, { stock_count: 300 })
    const first = await shop.call('POST', add, { body: { product_id: id } })
    const cookie = guestOf(first) ?? ''
    const adds = Array.from({ length: 1_000 }, (_, at) =>
      addOne(cookie, { product_id: id }, randomUUID(), at),
    )
    const statuses = (await Promise.all(adds)).map(({ status }) => status)
    const [taken, refused] = [200, 409].map((one) => statuses.filter((it) => it === one).length)
    assert.deepEqual([taken, refused], [299, 701])
    const { body } = await shop.call('GET', path, { headers: { cookie } })
    assert.equal(body.item_count, 300)
  })
})

describe('merging', () => {
  test('20 retries at once, with adds to both carts going on: every line counts once', async () => {
    const as = person('merger')
    const ids = await Promise.all(Array.from({ length: 6 }, () => makeProduct(shop)))
    await shop.db('product').sql`update product set stock_count = 5000`
    const start = await shop.call('POST', add, { body: { product_id: ids[0], quantity: 5 } })
    const cookie = guestOf(start) ?? ''
    await shop.call('POST', add, { as, body: { product_id: ids[0], quantity: 7 } })
    const expected = new Map(ids.map((id) => [id, 0]))
    expected.set(ids[0] ?? 0, 12)
    const cookies = new Set([cookie])
    const adds = Array.from({ length: 120 }, async (_, at) => {
      const id = ids[at % ids.length] ?? 0
      const who = at % 2 ? { as } : { headers: { cookie } }
      const added = await retried(() =>
        shop.call('POST', add, { ...who, body: { product_id: id } }),
      )
      expected.set(id, (expected.get(id) ?? 0) + 1)
      cookies.add(guestOf(added) ?? cookie)
    })
    const merges = Array.from({ length: 20 }, async () => {
      const merged = await retried(() =>
        shop.call('POST', `${path}merge/`, { as, headers: { cookie } }),
      )
      cookies.add(guestOf(merged) ?? cookie)
    })
    await Promise.all([...adds, ...merges])
    // What guests put in after the end lies in the cart that their new cookie names.
    for (const one of cookies)
      await shop.call('POST', `${path}merge/`, { as, headers: { cookie: one } })
    const { body } = await shop.call('GET', path, { as })
    const found = new Map(
      body.items.map((it: { product_id: number; quantity: number }) => [
        it.product_id,
        it.quantity,
      ]),
    )
    assert.deepEqual(found, new Map([...expected].filter(([, quantity]) => quantity > 0)))
    for (const one of cookies) {
      const guest = await shop.call('GET', path, { headers: { cookie: one } })
      assert.deepEqual(guest.body.items, [])
    }
  })

  test('a retry is told the same, another user nothing, and the cart is gone', async () => {
    const id = await makeProduct(shop)
    const start = await shop.call('POST', add, { body: { product_id: id, quantity: 4 } })
    const cookie = guestOf(start) ?? ''
    const as = person('first')
    const once = await shop.call('POST', `${path}merge/`, { as, headers: { cookie } })
    assert.deepEqual(once.body.merged, [{ product_id: id, quantity: 4, capped: false }])
    const again = await shop.call('POST', `${path}merge/`, { as, headers: { cookie } })
    assert.deepEqual(again.body.merged, once.body.merged)
    assert.equal(again.body.item_count, 4)
    const other = await shop.call('POST', `${path}merge/`, {
      as: person('second'),
      headers: { cookie },
    })
    assert.deepEqual([other.body.merged, other.body.items], [[], []])
    const guest = await shop.call('GET', path, { headers: { cookie } })
    assert.deepEqual([guest.body.cart_id, guest.body.items], [null, []])
  })

  test('with no cookie nothing is merged; without a token it is refused', async () => {
    const none = await shop.call('POST', `${path}merge/`, { as: person('nothing') })
    assert.deepEqual([none.status, none.body.merged], [200, []])
    assert.equal((await shop.call('POST', `${path}merge/`)).status, 401)
  })

  test('sums stop at 999 and lines at 100, and both are told', async () => {
    const { sql } = shop.db('cart')
    const as = person('full')
    const id = await makeProduct(shop, { stock_count: 5_000 })
    await shop.call('POST', add, { as, body: { product_id: id, quantity: 990 } })
    const start = await shop.call('POST', add, { body: { product_id: id, quantity: 20 } })
    const cookie = guestOf(start) ?? ''
    await sql`
      insert into product (id, version, name, price, stock_count)
      select n, 1, 'P', 1, 9 from generate_series(900001, 900150) n`
    await sql`
      insert into cart_line (cart_id, product_id, quantity, added_price)
      select id, n, 1, 1 from cart, generate_series(900001, 900098) n where user_id = ${as.id}`
    await sql`
      insert into cart_line (cart_id, product_id, quantity, added_price)
      select ${start.body.cart_id}, n, 2, 1 from generate_series(900098, 900103) n`
    const { body } = await shop.call('POST', `${path}merge/`, { as, headers: { cookie } })
    const merged = new Map(
      body.merged.map((it: { product_id: number; quantity: number; capped: boolean }) => [
        it.product_id,
        [it.quantity, it.capped],
      ]),
    )
    assert.deepEqual(merged.get(id), [9, true], 'up to 999')
    assert.deepEqual(merged.get(900098), [2, false], 'a line that was there needs no room')
    const others = [900099, 900100, 900101, 900102, 900103].map((it) => String(merged.get(it)))
    assert.deepEqual(others.sort(), [...Array(4).fill('0,true'), '2,false'], 'room for one more')
    assert.equal(body.items.length, 100)
  })

  test('two users who merge the same two guest carts crosswise both get an answer', async () => {
    const id = await makeProduct(shop)
    for (let round = 0; round < 10; round++) {
      const guests = await Promise.all(
        [1, 2].map(() => shop.call('POST', add, { body: { product_id: id } })),
      )
      const [one = '', two = ''] = guests.map(({ body }) => String(body.cart_id))
      const users = [person(`cross a ${round}`), person(`cross b ${round}`)]
      const results = await Promise.all(
        users.flatMap((user, at) => (at ? [two, one] : [one, two]).map((it) => merge(user.id, it))),
      )
      const moved = results.flatMap(({ merged }) => merged)
      assert.ok(moved.length >= 2)
      const total = await shop.db('cart').sql`
        select sum(quantity) from cart_line join cart on cart.id = cart_id
         where user_id = any(${users.map((user) => user.id)}::uuid[])`.text()
      assert.equal(Number(total), 2)
    }
  })
})

/** A conflict or an overloaded machine is told; the caller tries again. */
async function retried<T extends { status: number }>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    const reply = await ask()
    if (reply.status === 200) return reply
    assert.ok([409, 503].includes(reply.status) && tries < 50, `${reply.status}`)
  }
}
