import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { guestOf, makeProduct } from '../functions/cart/cart-lab.ts'
import { services } from '../functions/catalog.ts'
import { product } from '../functions/product/service.ts'
import { type Gateway, startGateway } from '../gateway/gateway.ts'
import { gatewayTable } from '../shared/derive/gateway.ts'
import { type TestDatabase, testDatabase } from '../shared/testing/database.ts'
import { amount, badOnes, isFull, measured, percentile } from '../shared/testing/proof.ts'
import { freePorts, openShop, type Shop } from '../shared/testing/shop.ts'
import { until } from '../shared/testing/until.ts'
import { startReads } from './lab/reads.ts'

const ROUNDS = amount(3, 1)
const PER_SECOND = amount(200, 20)
const names = isFull ? services.map((it) => it.name) : ['product', 'cart']

let shop: Shop
let databases: TestDatabase[]
let supervisor: ChildProcess
let gateway: Gateway
let productId: number

before(async () => {
  shop = await openShop([product])
  productId = await makeProduct(shop, { stock_count: 1_000_000 })
  databases = await Promise.all(['auth', 'cart', 'review'].map((it) => testDatabase(it)))
  const ports = await freePorts(names.length)
  const places = names.map((name, at) => [name, ports[at] ?? 0] as const)
  const { AWS_LAMBDA_MAX_CONCURRENCY: _own, ...inherited } = process.env
  const env: NodeJS.ProcessEnv = {
    ...inherited,
    LOGGING_LVL: 'ERROR',
    DATABASE_URL_PRODUCT: shop.db('product').pool().options.connectionString ?? '',
    DATABASE_URL_AUTH: databases[0]?.url ?? '',
    DATABASE_URL_CART: databases[1]?.url ?? '',
    DATABASE_URL_REVIEW: databases[2]?.url ?? '',
  }
  for (const [name, port] of places)
    env[`SERVICE_${name.toUpperCase()}_URL`] = `http://127.0.0.1:${port}`
  const file = fileURLToPath(new URL('./lab/supervisor.ts', import.meta.url))
  const args = places.map(([name, port]) => `${name}=${port}`)
  supervisor = fork(file, args, { env, stdio: 'inherit' })
  await once(supervisor, 'message')
  gateway = await startGateway({
    port: 0,
    address: '127.0.0.1',
    routes: gatewayTable(services),
    instances: (name) =>
      places.filter(([it]) => it === name).map(([, port]) => `http://127.0.0.1:${port}`),
  })
})
after(async () => {
  await gateway.close()
  const gone = once(supervisor, 'exit')
  supervisor.disconnect()
  await gone
  await shop.close()
  await Promise.all(databases.map((it) => it.drop()))
})

test(`${names.length} services × 2 processes replaced ${ROUNDS} times through the gateway: no request fails`, async (t) => {
  const url = `http://127.0.0.1:${gateway.port}`
  const add = {
    url,
    path: '/api/v1/cart/add/',
    method: 'POST' as const,
    body: JSON.stringify({ product_id: productId }),
  }
  // Fresh guests, so that no line is full.
  const cookies: string[] = []
  for (let at = 0; at < 50; at++) {
    const headers = { 'content-type': 'application/json' }
    const reply = await until(async () => {
      const made = await fetch(url + add.path, { method: 'POST', headers, body: add.body })
      return made.status === 200 && made
    }, 30)
    cookies.push(guestOf(reply) ?? '')
  }
  const reads = [
    '/api/v1/products/?limit=5',
    `/api/v1/products/${productId}/`,
    '/api/v1/categories/',
  ]
  if (isFull) reads.push(`/api/v1/reviews/${productId}/`, '/.well-known/jwks.json')
  let adds = 0
  const load = startReads(PER_SECOND, (at) => {
    if (at % 2) return { url, path: reads[at % reads.length] ?? '' }
    const cookie = cookies[adds++ % cookies.length] ?? ''
    return { ...add, headers: { cookie, 'content-type': 'application/json' } }
  })
  for (let round = 0; round < ROUNDS; round++) {
    const told = once(supervisor, 'message')
    supervisor.send('reload')
    await told
  }
  await load.stop()
  const bad = badOnes(load.answers)
  const slow = load.answers.filter((it) => it.ms > 2_000)
  const how = `${bad.length} of ${load.answers.length} failed, ${slow.length} took over 2 s`
  assert.deepEqual(bad.slice(0, 3), [], how)
  const { rows } =
    (await databases[1]?.db.pool().query('select sum(quantity) from cart_line')) ?? {}
  // What was refused for want of time was not done.
  const refused = load.answers.filter((it) => it.status !== 200).length
  const missing = adds + cookies.length - Number(rows?.[0].sum)
  assert.ok(missing >= 0 && missing <= refused, `${missing} adds missing, ${refused} refused`)
  const p99 = percentile(
    load.answers.map((it) => it.ms),
    0.99,
  )
  measured(
    t,
    `${names.length * 2 * ROUNDS} processes replaced: 0 of ${load.answers.length} failed, ${adds} adds exact, p99 ${p99.toFixed(0)} ms`,
  )
})
