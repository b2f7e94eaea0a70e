import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { queryCount } from '../../shared/data/postgres.ts'
import type { User } from '../../shared/http/contract.ts'
import { signService } from '../../shared/http/tokens.ts'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { person } from '../../shared/testing/tokens.ts'
import { guestOf } from './cart-lab.ts'
import type { Product } from './model.ts'
import { cart } from './service.ts'
import { sweep } from './sweep.ts'

const path = '/api/v1/cart/'
const add = `${path}add/`

/** What the product service would say, by id; while it is undefined it answers 503. */
let catalogue: Map<number, Product> | undefined
let asked: string[] = []
let stand: Server
let shop: Shop
let as: User

before(async () => {
  stand = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost')
    asked.push(url.pathname)
    if (!catalogue) return response.writeHead(503).end()
    const ids = (url.searchParams.get('ids') ?? '').split(',').map(Number)
    const results = ids.flatMap((id) => catalogue?.get(id) ?? [])
    return response.end(JSON.stringify({ results }))
  })
  await new Promise<void>((resolve) => stand.listen(0, '127.0.0.1', resolve))
  const { port } = stand.address() as AddressInfo
  shop = await openShop([cart], { upstreams: { product: `http://127.0.0.1:${port}` } })
})
after(async () => {
  await shop.close()
  stand.closeAllConnections()
  stand.close()
})
beforeEach(() => {
  as = person(randomUUID())
  catalogue = new Map()
  for (let id = 1; id <= 60; id++) tell(id, {})
  asked = []
})

test('a cart of 50 lines: one call and at most two queries', async () => {
  for (let id = 1; id <= 50; id++) await put(id)
  asked = []
  const { sql } = shop.db('cart')
  for (const age of ['1 second', '1 hour']) {
    await sql`update product set checked_at = now() - ${age}::interval`.run()
    asked = []
    const before = queryCount()
    const { body } = await shop.call('GET', path, { as })
    const queries = queryCount() - before
    assert.equal(body.items.length, 50)
    assert.equal(asked.length, 1)
    assert.ok(queries <= 2, `${queries} queries`)
  }
})

test('what changed since a line was put in, the gravest first', async () => {
  for (const id of [1, 2, 3, 4, 5, 6]) await put(id, 3)
  catalogue?.delete(1)
  tell(2, { version: 2, stock_count: 0, price: '1.00' })
  tell(3, { version: 2, stock_count: 2, price: '1.00' })
  tell(4, { version: 2, price: '11.50' })
  tell(5, { version: 2, name: 'Renamed' })
  const { body } = await shop.call('GET', path, { as })
  const seen = body.items.map(({ problem, available }: { problem: string; available: number }) => [
    problem,
    available,
  ])
  assert.deepEqual(seen, [
    ['unavailable', 0],
    ['out_of_stock', 0],
    ['insufficient_stock', 2],
    ['price_changed', 9],
    [null, 9],
    [null, 9],
  ])
  assert.equal(body.items[0].name, 'Product 1', 'what is gone keeps its name')
  assert.equal(body.items[3].line_total, '34.50')
  const set = await shop.call('PATCH', `${path}items/4/`, { as, body: { quantity: 2 } })
  assert.equal(set.body.items[3].problem, null, 'who sets the quantity has seen the price')
  const gone = await shop.call('PATCH', `${path}items/1/`, { as, body: { quantity: 1 } })
  assert.deepEqual([gone.status, gone.body.available], [409, 0])
  assert.equal((await put(1)).status, 404)
})

test('without the product service the cart tells what it last knew', async () => {
  await put(1, 2)
  catalogue = undefined
  const { body, status } = await shop.call('GET', path, { as })
  assert.deepEqual([status, body.stale, body.total], [200, true, '20.00'])
})

test('an add without the product service: by what was known within a minute, else 503', async () => {
  await put(1)
  catalogue = undefined
  const added = await put(1)
  assert.deepEqual([added.status, added.body.stale, added.body.item_count], [200, true, 2])
  const over = await put(1, 8)
  assert.deepEqual([over.status, over.body.available], [409, 9])
  const { sql } = shop.db('cart')
  await sql`update product set checked_at = now() - interval '61 seconds'`.run()
  const refused = await put(1)
  assert.deepEqual([refused.status, refused.body.code], [503, 'unavailable'])
  assert.ok(refused.headers.get('retry-after'))
  assert.equal((await put(55)).status, 503, 'nobody knows it')
  const { body } = await shop.call('GET', path, { as })
  assert.equal(body.item_count, 2, 'nothing was stored')
  const event = { product_id: 1, version: 2, name: 'P', price: '5.00', image: null, stock_count: 9 }
  await deliver('product.changed', event)
  const again = await put(1)
  assert.deepEqual(
    [again.status, again.body.items[0].price],
    [200, '5.00'],
    'an event is knowledge',
  )
})

test('events keep what is remembered true, each once, and only by a greater version', async () => {
  await put(7)
  const event = {
    product_id: 7,
    version: 5,
    name: 'New',
    price: '8.00',
    image: 'x',
    stock_count: 1,
  }
  await deliver('product.changed', event)
  await deliver('product.changed', { ...event, version: 4, name: 'Old' })
  catalogue = undefined
  const known = async () => (await shop.call('GET', path, { as })).body.items[0]
  assert.deepEqual(await known(), {
    product_id: 7,
    quantity: 1,
    name: 'New',
    image: 'x',
    price: '8.00',
    line_total: '8.00',
    available: 1,
    problem: 'price_changed',
  })
  await deliver('product.deleted', { product_id: 7, version: 6 })
  assert.equal((await known()).problem, 'unavailable')
  await deliver('product.changed', { ...event, version: 5 })
  assert.equal((await known()).problem, 'unavailable')
  const id = randomUUID()
  await deliver('product.changed', { ...event, version: 7, name: 'First' }, id)
  await deliver('product.changed', { ...event, version: 8, name: 'Same id' }, id)
  assert.equal((await known()).name, 'First')
})

test('events of no concern are taken; broken ones and foreign callers are refused', async () => {
  assert.equal((await deliver('user.renamed', { user_id: as.id })).status, 204)
  assert.equal((await deliver('product.changed', { product_id: 'x' })).status, 400)
  const body = { id: randomUUID(), topic: 'x', at: new Date().toISOString(), payload: {} }
  const target = '/internal/v1/events/'
  for (const who of [undefined, 'superuser'] as const)
    assert.equal((await shop.call('POST', target, { as: who, body })).status, 401)
})

test('a deleted user leaves no cart, not even by a token that outlives the account', async () => {
  await put(1)
  await deliver('user.deleted', { user_id: as.id })
  assert.equal((await shop.call('GET', path, { as })).body.cart_id, null)
  await put(1)
  assert.ok(((await sweep())?.users ?? 0) >= 1)
  assert.equal((await shop.call('GET', path, { as })).body.cart_id, null)
})

test('guest carts end after 30 days, once for all replicas, and nobody else loses anything', async () => {
  const { sql } = shop.db('cart')
  const old = await shop.call('POST', add, { body: { product_id: 1 } })
  const young = await shop.call('POST', add, { body: { product_id: 1 } })
  await put(1)
  const age = (id: string, days: number) =>
    sql`update cart set updated_at = now() - make_interval(days => ${days}) where id = ${id}`.run()
  await age(old.body.cart_id, 31)
  await age(young.body.cart_id, 29)
  await sql`update cart set updated_at = now() - interval '90 days' where user_id = ${as.id}`.run()
  const other = await shop.db('cart').pool().connect()
  await other.query("begin; select pg_advisory_xact_lock(hashtext('cart_sweep'))")
  assert.equal(await sweep(), undefined, 'another replica is at it')
  await other.query('rollback')
  other.release()
  assert.equal((await sweep())?.guests, 1)
  const itemsOf = async (reply: typeof old) => {
    const headers = { cookie: guestOf(reply) ?? '' }
    return (await shop.call('GET', path, { headers })).body.items.length
  }
  assert.deepEqual([await itemsOf(old), await itemsOf(young)], [0, 1])
  assert.equal((await shop.call('GET', path, { as })).body.items.length, 1)
  const headers = { cookie: guestOf(old) ?? '' }
  const back = await shop.call('POST', add, { headers, body: { product_id: 1 } })
  assert.equal(back.body.items.length, 1, 'an old cookie is good for a new cart')
})

function tell(id: number, more: Partial<Product>) {
  const plain = { version: 1, name: `Product ${id}`, price: '10.00', image: null, stock_count: 9 }
  catalogue?.set(id, { id, ...plain, ...more })
}

function put(id: number, quantity = 1) {
  return shop.call('POST', add, { as, body: { product_id: id, quantity } })
}

function deliver(topic: string, payload: object, id: string = randomUUID()) {
  return shop.call('POST', '/internal/v1/events/', {
    headers: { authorization: `Bearer ${signService('product', 'cart')}` },
    body: { id, topic, at: new Date().toISOString(), payload },
  })
}
