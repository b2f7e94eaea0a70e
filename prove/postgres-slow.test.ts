import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type FaultProxy, faultProxy } from '../shared/testing/fault-proxy.ts'
import {
  amount,
  isFull,
  lasts,
  measured,
  percentile,
  randomOf,
  seedOf,
} from '../shared/testing/proof.ts'
import { allowing } from '../shared/testing/until.ts'
import { startAdds } from './lab/adds.ts'
import { type CartLab, openCartLab } from './lab/carts.ts'

const FAR_MS = amount(1_000, 300)
const PER_SECOND = amount(50, 10)

let lab: CartLab
let proxy: FaultProxy

before(async () => {
  lab = await openCartLab(async ({ port }) => {
    proxy = await faultProxy(`http://127.0.0.1:${port}`)
    return Number(new URL(proxy.url).port)
  })
})
after(async () => {
  await lab.close()
  await proxy.close()
})

test(`PostgreSQL ${FAR_MS} ms away: slow or 503, nothing lost or twice, well at once when it is near`, async (t) => {
  const adds = startAdds({ ...lab, perSecond: PER_SECOND, random: randomOf(seedOf(t)) })
  await lasts(1_000)
  await proxy.set({ kind: 'latency', ms: FAR_MS })
  const began = performance.now()
  await lasts(amount(10_000, 2_000))
  await proxy.set({ kind: 'none' })
  const ended = performance.now()
  await lasts(amount(5_000, 2_000))
  await adds.stop()
  assert.deepEqual(await lab.faults(), [])
  const during = adds.answers.filter((it) => it.at > began && it.at < ended)
  const times = during.map((it) => it.ms)
  const slowest = Math.max(...times)
  assert.ok(!isFull || slowest <= allowing(3_200), `one took ${slowest} ms`)
  measured(
    t,
    `${FAR_MS} ms away: ${during.length} answers, median ${percentile(times, 0.5).toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms, statuses ${JSON.stringify(Object.fromEntries(adds.statuses))}`,
  )
})
