import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cart } from '../../functions/cart/service.ts'
import { product } from '../../functions/product/service.ts'
import { type FaultProxy, faultProxy } from '../testing/fault-proxy.ts'
import { measured, percentile } from '../testing/proof.ts'
import { openShop, type Shop } from '../testing/shop.ts'
import { allowing, until } from '../testing/until.ts'
import { startVarnish, type TestVarnish } from '../testing/varnish.ts'
import { responses } from './cache.ts'
import { keepPurging } from './purge.ts'

// In a process of its own: settings are read once.
process.env.SHARED_CACHE_SECONDS = '3600'

let shop: Shop
let origin: FaultProxy
let varnish: TestVarnish
const stopped = new AbortController()
let purging: Promise<void>

before(async () => {
  shop = await openShop([product, cart])
  origin = await faultProxy(shop.url('gateway'))
  varnish = await startVarnish(origin.url)
  purging = keepPurging(shop.db('product'), [varnish.purgeUrl], stopped.signal)
  await until(async () => {
    const [first] = await shop.db('product').sql<{ until: string }>`select until from souk_purging`
    return first
  })
})
after(async () => {
  stopped.abort()
  await purging
  await varnish.stop()
  await origin.close()
  await shop.close()
})

async function ask(path: string, init: RequestInit = {}) {
  const answer = await fetch(varnish.url + path, init)
  const text = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    cache: answer.headers.get('x-cache'),
    body: text && /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : text,
  }
}

async function make(name: string) {
  const body = { name, price: '1.00', stock_count: 5 }
  const made = await shop.call('POST', '/api/v1/products/', { as: 'staff', body })
  assert.equal(made.status, 201, made.text)
  return `/api/v1/products/${made.body.id}/`
}

/** Until the answer is kept: a purge that is still on its way may take it out once more. */
const kept = (path: string) =>
  until(async () => {
    await ask(path)
    return (await ask(path)).cache === 'HIT'
  }, 10)

/** Until no purge is on its way. */
const settled = () =>
  until(async () => {
    const [row] = await shop.db('product').sql`select from souk_purge limit 1`
    return row === undefined
  }, 10)

test('a public answer is kept, and a write is seen within a second, in lists as well', async (t) => {
  const path = await make('Behind Varnish')
  const times: number[] = []
  for (let n = 1; n <= 20; n++) {
    await kept(path)
    await kept('/api/v1/products/')
    const price = `${n}.50`
    await shop.call('PATCH', path, { as: 'staff', body: { price } })
    const committed = performance.now()
    await until(async () => (await ask(path)).body.price === price)
    await until(async () => (await ask('/api/v1/products/')).body.results.at(-1).price === price)
    times.push(performance.now() - committed)
  }
  const worst = percentile(times, 1)
  measured(
    t,
    `20 writes seen through Varnish after ${percentile(times, 0.5).toFixed(0)} ms, at most ${worst.toFixed(0)}`,
  )
  assert.ok(worst < allowing(1000), `${worst} ms`)
})

test('an answer that was under way when a write committed does not stay', async () => {
  const path = await make('Under way')
  // In the service's memory, so that a hit there means that the answer has been made.
  await ask(path)
  await settled()
  await fetch(varnish.purgeUrl, { method: 'PURGE', headers: { 'surrogate-key': 'souk-product' } })
  await origin.set({ kind: 'latency', ms: 500 })
  const { hits } = responses('product').stats()
  const slow = ask(path)
  await until(() => responses('product').stats().hits > hits)
  await shop.call('PATCH', path, { as: 'staff', body: { price: '4.00' } })
  assert.equal((await slow).body.price, '1.00')
  await origin.set({ kind: 'none' })
  assert.equal((await ask(path)).cache, 'HIT', 'it was stored after the first purge')
  await until(async () => (await ask(path)).body.price === '4.00')
})

test('500 who miss at the same time cost one call', async () => {
  const path = await make('Asked by many')
  await kept('/api/v1/categories/')
  const before = origin.requests()
  const answers = await Promise.all(Array.from({ length: 500 }, () => ask(path)))
  assert.deepEqual([...new Set(answers.map((it) => it.status))], [200])
  assert.equal(origin.requests() - before, 1)
})

test('what is private, sets a cookie, failed or was asked by somebody is never kept', async () => {
  const path = await make('For nobody else')
  const authorization = `Bearer ${shop.token('customer')}`
  const own: [string, RequestInit][] = [
    [path, { headers: { authorization } }],
    [path, { headers: { cookie: 'souk_guest=x' } }],
    ['/api/v1/cart/', { headers: { authorization } }],
    ['/api/v1/cart/', {}],
    ['/api/v1/products/999999999/', {}],
    ['/api/v1/products/?limit=none', {}],
  ]
  for (const [target, init] of own) {
    const first = await ask(target, init)
    const before = origin.requests()
    const second = await ask(target, init)
    assert.equal(second.cache, 'MISS', `${target} ${JSON.stringify(init)}`)
    assert.equal(origin.requests(), before + 1, target)
    assert.equal(second.status, first.status)
  }
  const body = JSON.stringify({ product_id: Number(path.split('/').at(-2)), quantity: 1 })
  const json = { 'content-type': 'application/json' }
  const added = await ask('/api/v1/cart/add/', { method: 'POST', headers: json, body })
  assert.equal(added.status, 200, JSON.stringify(added.body))
  const cookie = added.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
  assert.match(cookie, /^souk_guest=/)
  const mine = await ask('/api/v1/cart/', { headers: { cookie } })
  const others = await ask('/api/v1/cart/')
  assert.equal(mine.body.items.length, 1)
  assert.notDeepEqual(others.body, mine.body)
})

test('clients are told to ask each time, and nothing of keys; a kept answer confirms its tag', async () => {
  const path = await make('As clients see it')
  await kept(path)
  const { headers, cache } = await ask(path)
  assert.equal(cache, 'HIT')
  assert.equal(headers.get('cache-control'), 'public, max-age=0, must-revalidate')
  for (const name of ['surrogate-key', 'xkey', 'age', 'via', 'x-request-id'])
    assert.equal(headers.get(name), null, name)
  const same = await ask(path, { headers: { 'if-none-match': headers.get('etag') ?? '' } })
  assert.equal(same.status, 304)
})

test('nobody outside can make it forget, and its own door does nothing else', async () => {
  const path = await make('Remembered')
  await kept(path)
  const tags = { 'surrogate-key': 'souk-product' }
  const refused = await ask('/', { method: 'PURGE', headers: tags })
  assert.ok(refused.status >= 400)
  assert.equal((await ask(path)).cache, 'HIT')
  const door = await fetch(varnish.purgeUrl + path)
  assert.equal(door.status, 405)
  const asked = await fetch(varnish.purgeUrl, { method: 'PURGE', headers: tags })
  assert.equal(asked.status, 200)
  assert.equal((await ask(path)).cache, 'MISS')
})

test('a cache that is away gets its purges later, and writers do not wait', async () => {
  const db = shop.db('product')
  const away = new AbortController()
  const second = await faultProxy(varnish.purgeUrl)
  await second.set({ kind: 'reset' })
  stopped.abort()
  await purging
  const path = await make('Purged late')
  await kept(path)
  const again = keepPurging(db, [second.url], away.signal)
  await shop.call('PATCH', path, { as: 'staff', body: { price: '8.00' } })
  await until(() => second.requests() > 0)
  assert.equal((await ask(path)).body.price, '1.00')
  await second.set({ kind: 'none' })
  await until(async () => (await ask(path)).body.price === '8.00')
  away.abort()
  await again
  await second.close()
})
