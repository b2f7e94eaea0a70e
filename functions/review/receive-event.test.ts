import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { customer, openProductStand, type ProductStand, sendEvent } from './review-lab.ts'
import { review } from './service.ts'

const path = '/api/v1/reviews/'
let shop: Shop
let stand: ProductStand
let products = 0

before(async () => {
  stand = await openProductStand([])
  shop = await openShop([review], { upstreams: { product: stand.url } })
})
after(async () => {
  await shop.close()
  await stand.stop()
})

const changed = (product_id: number, version: number, name = `Product ${product_id}`) =>
  sendEvent(shop, 'product', 'product.changed', {
    product_id,
    version,
    name,
    price: '1.00',
    image: null,
    stock_count: 3,
  })
const deleted = (product_id: number, version: number) =>
  sendEvent(shop, 'product', 'product.deleted', { product_id, version })
const renamed = (who: string, version: number, username: string) =>
  sendEvent(shop, 'auth', 'user.renamed', { user_id: customer(who).id, username, version })

async function write(who: string, product_id = ++products) {
  await changed(product_id, 1)
  const body = { product_id, rating: 4, comment: 'Stays' }
  return (await shop.call('POST', path, { as: customer(who), body })).body
}
const read = async (id: string) => (await shop.call('GET', `${path}${id}/`)).body
const nameIn = async (product: number) =>
  (await shop.call('GET', `${path}${product}/`)).body.results[0].user.username

test('a product told of by an event is reviewed without a call', async () => {
  assert.equal((await changed(1000, 1)).status, 204)
  const body = { product_id: 1000, rating: 4 }
  assert.equal((await shop.call('POST', path, { as: 'customer', body })).status, 201)
  assert.equal(stand.asked, 0)
})

test('a deleted product: reviews stay, not valid; no new ones; late news change nothing', async () => {
  const { id, product_id } = await write('ann')
  assert.equal((await read(id)).product_valid, true)
  await deleted(product_id, 3)
  assert.equal((await read(id)).product_valid, false)
  await changed(product_id, 2)
  await changed(product_id, 4)
  assert.equal((await read(id)).product_valid, false)
  assert.equal((await shop.call('GET', `${path}${product_id}/`)).body.count, 1)
  const body = { product_id, rating: 4 }
  assert.equal((await shop.call('POST', path, { as: customer('bob'), body })).status, 400)
})

test('a deletion that comes before all other news of a product is remembered', async () => {
  await deleted(2000, 5)
  await changed(2000, 4)
  const body = { product_id: 2000, rating: 4 }
  assert.equal((await shop.call('POST', path, { as: customer('bob'), body })).status, 400)
})

test('a new name shows in every review, old news do not', async () => {
  const one = await write('cleo')
  const two = await write('cleo')
  await renamed('cleo', 3, 'cleopatra')
  await renamed('cleo', 2, 'cle')
  for (const { id, product_id } of [one, two]) {
    assert.equal((await read(id)).user.username, 'cleopatra')
    assert.equal(await nameIn(product_id), 'cleopatra')
  }
  // The token still says the old name.
  assert.equal((await write('cleo')).user.username, 'cleopatra')
})

test('names and new reviews at the same moment agree in the end', async () => {
  const ids = Array.from({ length: 20 }, (_, at) => 3000 + at)
  for (const id of ids) await changed(id, 1)
  const [, ...made] = await Promise.all([
    renamed('dora', 1, 'dorothea'),
    ...ids.map((product_id) =>
      shop.call('POST', path, { as: customer('dora'), body: { product_id, rating: 5 } }),
    ),
  ])
  assert.ok(made.every(({ status }) => status === 201))
  for (const id of ids) assert.equal(await nameIn(id), 'dorothea')
})

test('a deleted user: text stays, name and id go, and nothing more is written', async () => {
  const { id, product_id, user } = await write('eve')
  await sendEvent(shop, 'auth', 'user.deleted', { user_id: user.id })
  await renamed('eve', 9, 'back')
  const after = await read(id)
  assert.deepEqual(after.user, { id: null, username: null })
  assert.equal(after.comment, 'Stays')
  const { results, summary } = (await shop.call('GET', `${path}${product_id}/`)).body
  assert.deepEqual([results[0].user, summary.count], [{ id: null, username: null }, 1])
  const body = { product_id, rating: 1 }
  assert.equal((await shop.call('POST', path, { as: customer('eve'), body })).status, 403)
  const own = `${path}${id}/`
  assert.equal((await shop.call('DELETE', own, { as: customer('eve') })).status, 403)
  const rows = await shop.db('review').sql`select from review where user_id = ${user.id}`
  assert.equal(rows.length, 0)
})

test('an event is taken once, whatever comes under its id again', async () => {
  const { id: reviewId } = await write('fay')
  const id = crypto.randomUUID()
  const send = (username: string, version: number) => {
    const payload = { user_id: customer('fay').id, username, version }
    return sendEvent(shop, 'auth', 'user.renamed', payload, id)
  }
  const replies = await Promise.all(Array.from({ length: 10 }, () => send('fay-1', 1)))
  assert.ok(replies.every(({ status }) => status === 204))
  assert.equal((await send('fay-2', 2)).status, 204)
  assert.equal((await read(reviewId)).user.username, 'fay-1')
})

test("an unknown topic passes; a user's token and no token do not", async () => {
  assert.equal((await sendEvent(shop, 'product', 'product.painted', { colour: 'red' })).status, 204)
  const body = { id: crypto.randomUUID(), topic: 'x', at: '', payload: {} }
  for (const as of [undefined, 'superuser'] as const)
    assert.equal((await shop.call('POST', '/internal/v1/events/', { as, body })).status, 401)
})
