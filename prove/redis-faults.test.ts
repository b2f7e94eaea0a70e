import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Redis } from 'ioredis'
import { product } from '../functions/product/service.ts'
import { amount, badOnes, isFull, lasts, measured, percentile } from '../shared/testing/proof.ts'
import { startRedis, type TestRedis } from '../shared/testing/redis.ts'
import { openShop, type Shop } from '../shared/testing/shop.ts'
import { type ServiceProcess, startService } from './lab/processes.ts'
import { startReads } from './lab/reads.ts'

const PER_SECOND = amount(300, 40)
const MS = amount(10_000, 2_000)
const path = '/api/v1/products/'

let shop: Shop
let redis: TestRedis
let process: ServiceProcess
let port: number

before(async () => {
  redis = await startRedis()
  port = redis.port
  shop = await openShop([product])
  for (let at = 0; at < 30; at++)
    await shop.call('POST', path, { as: 'staff', body: { name: `P ${at}`, price: '1.00' } })
  process = await startService('product', {
    DATABASE_URL_PRODUCT: shop.db('product').pool().options.connectionString ?? '',
    SERVICE_AUTH_URL: 'http://127.0.0.1:1',
    REDIS_URL: redis.url,
    LOGGING_LVL: 'ERROR',
  })
})
after(async () => {
  await process.stop()
  await shop.close()
  await redis.stop()
})

async function fillWithGarbage() {
  const client = new Redis(redis.url)
  const keys = await client.keys('*')
  for (const key of keys) {
    await client.del(key)
    await client.set(key, '\0garbage\xff')
  }
  client.disconnect()
  return keys.length
}

const faults: Record<string, { begin: () => Promise<unknown>; end: () => Promise<unknown> }> = {
  stopped: {
    begin: () => redis.stop(),
    end: async () => {
      redis = await startRedis(port)
    },
  },
  frozen: { begin: async () => redis.freeze(), end: async () => redis.thaw() },
  'killed again and again': {
    begin: async () => {
      for (let at = 0; at < 4; at++) {
        await redis.stop()
        await lasts(MS / 10)
        redis = await startRedis(port)
        await lasts(MS / 10)
      }
    },
    end: async () => undefined,
  },
  'full of garbage': { begin: fillWithGarbage, end: async () => undefined },
}

for (const [name, { begin, end }] of Object.entries(faults))
  test(`Redis ${name} at ${PER_SECOND} reads a second: no answer of 5xx, as fast after a second`, async (t) => {
    const reads = startReads(PER_SECOND, (at) => ({
      url: process.url,
      path: at % 3 ? `${path}${1 + (at % 30)}/` : `${path}?limit=5&offset=${at % 20}`,
    }))
    await lasts(MS / 2)
    const before = reads.answers.map((it) => it.ms)
    const began = performance.now()
    await begin()
    await lasts(MS)
    const during = reads.since(began + 1_000).map((it) => it.ms)
    await end()
    await lasts(500)
    await reads.stop()
    const bad = badOnes(reads.answers)
    assert.deepEqual(bad.slice(0, 3), [], `${bad.length} bad answers`)
    assert.deepEqual(process.deaths, [])
    const [was, is] = [percentile(before, 0.99), percentile(during, 0.99)]
    // Times of a few milliseconds jump by themselves where other work shares the cores.
    // Beside other tests they say nothing.
    assert.ok(!isFull || is <= Math.max(1.5 * was, 25), `p99 ${was} ms before, ${is} ms then`)
    measured(
      t,
      `${name}: 0 of ${reads.answers.length} answers bad, p99 ${was.toFixed(1)} → ${is.toFixed(1)} ms`,
    )
  })
