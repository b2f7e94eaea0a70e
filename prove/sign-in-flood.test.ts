import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { anyAddress } from '../functions/auth/testing/house.ts'
import { product } from '../functions/product/service.ts'
import { type TestDatabase, testDatabase } from '../shared/testing/database.ts'
import { amount, badOnes, isFull, lasts, measured, percentile } from '../shared/testing/proof.ts'
import { openShop, type Shop } from '../shared/testing/shop.ts'
import { type ServiceProcess, startService } from './lab/processes.ts'
import { startReads } from './lab/reads.ts'

const SIGN_INS = amount(200, 40)
const READS = amount(100, 20)
const MS = amount(10_000, 1_500)

let shop: Shop
let people: TestDatabase
let auth: ServiceProcess
let products: ServiceProcess

before(async () => {
  shop = await openShop([product])
  people = await testDatabase('auth')
  const own = { SERVICE_AUTH_URL: 'http://127.0.0.1:1', LOGGING_LVL: 'ERROR' }
  auth = await startService('auth', { ...own, DATABASE_URL_AUTH: people.url })
  products = await startService('product', {
    ...own,
    DATABASE_URL_PRODUCT: shop.db('product').pool().options.connectionString ?? '',
  })
})
after(async () => {
  await Promise.all([auth.stop(), products.stop()])
  await shop.close()
  await people.drop()
})

test(`${SIGN_INS} sign-ins a second, each of another account from another address: others are served as ever`, async (t) => {
  const places = [
    { url: products.url, path: '/api/v1/products/?limit=20' },
    { url: auth.url, path: '/.well-known/jwks.json' },
  ]
  const reads = startReads(READS, (at) => places[at % 2] ?? assert.fail())
  await lasts(MS)
  const began = performance.now()
  const flood = startReads(SIGN_INS, () => ({
    url: auth.url,
    path: '/api/v1/token/',
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': anyAddress() },
    body: JSON.stringify({ email: `${randomUUID()}@example.com`, password: 'a wrong one 7' }),
  }))
  await lasts(MS)
  const during = reads.since(began).map((it) => it.ms)
  await flood.stop()
  await reads.stop()
  const calm = reads.answers.filter((it) => it.at < began).map((it) => it.ms)
  const [was, is] = [percentile(calm, 0.99), percentile(during, 0.99)]
  const looked = flood.answers.filter((it) => it.status === 401).length
  const strange = flood.answers.filter((it) => ![401, 429, 503].includes(it.status))
  assert.deepEqual(strange.slice(0, 3), [])
  assert.deepEqual(badOnes(reads.answers).slice(0, 3), [])
  assert.ok(looked > 0, 'nobody was looked at')
  assert.ok(!isFull || is <= Math.max(2 * was, 25), `p99 ${was} ms before, ${is} ms then`)
  measured(
    t,
    `${flood.answers.length} sign-ins at ${SIGN_INS} a second, ${looked} of them hashed: others' p99 ${was.toFixed(1)} → ${is.toFixed(1)} ms, 0 failed`,
  )
})
