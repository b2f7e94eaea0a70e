import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Agent } from 'undici'
import { product } from '../functions/product/service.ts'
import { type FaultProxy, faultProxy } from '../shared/testing/fault-proxy.ts'
import { readFaults, recorder } from '../shared/testing/history.ts'
import { again, amount, badOnes, lasts, measured } from '../shared/testing/proof.ts'
import { startRedis, type TestRedis } from '../shared/testing/redis.ts'
import { openShop, type Shop } from '../shared/testing/shop.ts'
import { type ServiceProcess, startService } from './lab/processes.ts'

const READERS = 50
const SECONDS = amount(20, 2)
const path = '/api/v1/products/'

let shop: Shop
let redis: TestRedis
let proxy: FaultProxy
let others: ServiceProcess[]
let id: number
const agent = new Agent({ connections: READERS })

before(async () => {
  redis = await startRedis()
  proxy = await faultProxy(redis.url)
  shop = await openShop([product])
  const environment = {
    DATABASE_URL_PRODUCT: shop.db('product').pool().options.connectionString ?? '',
    SERVICE_AUTH_URL: 'http://127.0.0.1:1',
    REDIS_URL: proxy.url.replace('http', 'redis'),
    LOGGING_LVL: 'ERROR',
  }
  others = [await startService('product', environment), await startService('product', environment)]
  const made = await shop.call('POST', path, { as: 'staff', body: { name: 'P', price: '0.01' } })
  id = made.body.id
})
after(async () => {
  await agent.close()
  await Promise.all(others.map((it) => it.stop()))
  await shop.close()
  await proxy.close()
  await redis.stop()
})

/** What Redis does while one writes and fifty read, and what it takes to end that. */
const weather: Record<string, () => () => Promise<void>> = {
  up: () => async () => undefined,
  flapping: () => {
    let isOver = false
    const flapping = (async () => {
      for (let at = 0; !isOver; at++) {
        await proxy.set(at % 2 ? { kind: 'none' } : { kind: 'refuse' })
        await lasts(150)
      }
      await proxy.set({ kind: 'none' })
    })()
    return async () => {
      isOver = true
      await flapping
    }
  },
  frozen: () => {
    redis.freeze()
    return async () => redis.thaw()
  },
}

for (const [name, begin] of Object.entries(weather))
  test(`one writer, ${READERS} readers, Redis ${name}: no read is older than the last answered write`, async (t) => {
    const { entries, run } = recorder()
    const statuses: { status: number }[] = []
    const end = begin()
    const until = performance.now() + SECONDS * 1000
    // Every write goes on from the last, whatever test it was in.
    let value = Math.round(Number((await shop.call('GET', `${path}${id}/`)).body.price) * 100)
    const first = value
    const writer = async () => {
      while (performance.now() < until) {
        value++
        await run({ op: 'write', key: 'price', value }, async () => {
          const body = { price: (value / 100).toFixed(2) }
          const { status } = await again(() =>
            shop.call('PATCH', `${path}${id}/`, { as: 'staff', body }),
          )
          assert.equal(status, 200)
          return { outcome: 'ok' }
        })
        await lasts(5)
      }
    }
    const reader = async (at: number) => {
      const origin = others[at % others.length]?.url ?? ''
      while (performance.now() < until)
        await run({ op: 'read', key: 'price' }, async () => {
          // Alone and in a list: two answers, stored apart.
          const target = at % 4 < 2 ? `${path}${id}/` : `${path}?ids=${id}`
          const reply = await agent.request({ origin, path: target, method: 'GET' })
          const text = await reply.body.text()
          statuses.push({ status: reply.statusCode })
          if (reply.statusCode !== 200) throw new Error(`${reply.statusCode} ${text}`)
          const body = JSON.parse(text)
          return {
            outcome: 'ok',
            value: Math.round(Number((body.results?.[0] ?? body).price) * 100),
          }
        })
    }
    await Promise.all([writer(), ...Array.from({ length: READERS }, (_, at) => reader(at))])
    await end()
    // What an earlier test wrote is there from the start.
    entries.push({ op: 'write', key: 'price', value: first, start: -1, end: -1, outcome: 'ok' })
    assert.deepEqual(readFaults(entries), [])
    const reads = entries.filter((it) => it.op === 'read')
    assert.equal(statuses.length, reads.length, 'every read was answered')
    assert.deepEqual(badOnes(statuses), [])
    assert.ok(reads.length > READERS / 2 && value > first + 1)
    measured(t, `Redis ${name}: 0 of ${reads.length} reads stale over ${value - first} writes`)
  })
