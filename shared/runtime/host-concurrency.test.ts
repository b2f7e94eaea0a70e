import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { lasts, measured, percentile } from '../testing/proof.ts'
import { allowing, until } from '../testing/until.ts'
import { type Host, startHost } from './host.ts'
import { scratch, scratchService } from './lab/scratch.ts'

const LIMIT = 2
/** Below this a share of time says more of the machine than of the limit, ms. */
const NOISE = 25

let host: Host
let gate = Promise.withResolvers<void>()
let inFlight = 0
let most = 0

async function limited<T>(work: () => Promise<T>): Promise<T> {
  most = Math.max(most, ++inFlight)
  try {
    return await work()
  } finally {
    inFlight--
  }
}

before(async () => {
  const endpoints = {
    gated: scratch('POST', '/gated/', () => limited(() => gate.promise), { concurrency: LIMIT }),
    slow: scratch('GET', '/slow/', () => limited(() => pause(200)), { concurrency: LIMIT }),
    other: scratch('GET', '/other/', async () => ({ statusCode: 200, body: 'other' })),
  }
  host = await startHost({ services: [scratchService(endpoints)], port: 0, address: '127.0.0.1' })
  await host.ready
})
after(() => host.drain())

const ask = (path: string, method = 'GET') =>
  fetch(`http://127.0.0.1:${host.port}${path}`, { method, signal: AbortSignal.timeout(20_000) })

test('of 50 at once two run, and 48 are told when to come again', async () => {
  gate = Promise.withResolvers()
  most = 0
  const statuses: number[] = []
  const all = Array.from({ length: 50 }, async () => {
    const answer = await ask('/gated/', 'POST')
    await answer.arrayBuffer()
    statuses.push(answer.status)
    if (answer.status === 429) assert.equal(answer.headers.get('retry-after'), '1')
  })
  await until(() => statuses.length === 48)
  assert.deepEqual([...new Set(statuses)], [429])
  assert.equal(inFlight, LIMIT)
  gate.resolve()
  await Promise.all(all)
  assert.equal(statuses.filter((it) => it === 200).length, LIMIT)
  assert.equal(most, LIMIT)
  // Their places are free again.
  assert.equal((await ask('/gated/', 'POST')).status, 200)
})

test('another endpoint of the process is as quick as before', async (t) => {
  const p99 = async () => {
    const times: number[] = []
    for (let n = 0; n < 300; n++) {
      const began = performance.now()
      await (await ask('/other/')).arrayBuffer()
      times.push(performance.now() - began)
    }
    return percentile(times, 0.99)
  }
  await p99()
  let isOver = false
  let isLoaded = false
  most = 0
  const load = Array.from({ length: 50 }, async () => {
    while (!isOver) {
      // A client that heeds Retry-After comes back later, not at once.
      await lasts(100 + Math.random() * 100)
      if (isLoaded) await (await ask('/slow/')).arrayBuffer()
    }
  })
  // Alternately, so that what else this machine does falls on both; the best of each counts.
  let [idle, loaded] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < 3; round++) {
    isLoaded = false
    await until(() => inFlight === 0)
    idle = Math.min(idle, await p99())
    isLoaded = true
    await until(() => inFlight === LIMIT)
    loaded = Math.min(loaded, await p99())
  }
  isOver = true
  await Promise.all(load)
  assert.equal(most, LIMIT)
  measured(t, `p99 ${idle.toFixed(1)} ms alone, ${loaded.toFixed(1)} ms beside the limited one`)
  assert.ok(loaded <= Math.max(2 * idle, allowing(NOISE)), `${loaded} ms against ${idle} ms`)
})
