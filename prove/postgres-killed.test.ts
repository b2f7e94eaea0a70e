import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
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
import { type Adds, startAdds } from './lab/adds.ts'
import { type CartLab, openCartLab } from './lab/carts.ts'

const KILLS = amount(20, 2)
/** Adds a second to begin with; halved until the machine, as busy as it is, answers them all well. */
const MOST = amount(200, 40)
/** Away, or another attempt is at it; where other tests take the machine, also too slow to send. */
const MAY_BE = [200, 409, 503, ...(isFull ? [] : [0, 408])]

let lab: CartLab
let perSecond: number

before(async () => {
  lab = await openCartLab()
  for (perSecond = MOST; perSecond > 5; perSecond /= 2) {
    const adds = load(Math.random)
    await lasts(2_000)
    await adds.stop()
    if ([...adds.statuses.keys()].every((it) => it === 200)) break
  }
})
after(() => lab.close())

const load = (random: () => number) => startAdds({ ...lab, perSecond, random })

function summary(adds: Adds): string {
  const done = new Set(adds.entries.filter((it) => it.outcome === 'ok').map((it) => it.id)).size
  return `${done} adds acknowledged, statuses ${JSON.stringify(Object.fromEntries(adds.statuses))}${[...adds.errors].slice(0, 3)}`
}

test(`postmaster killed ${KILLS} times under writes: nothing lost, nothing twice, clean after 5 s`, async (t) => {
  const random = randomOf(seedOf(t))
  const adds = load(random)
  const clean: number[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    await lasts(500 + random() * 1_000)
    await lab.postgres.crash()
    const accepted = performance.now()
    // Clean: a second in which nothing but good answers came.
    const seconds = await cleanAfter(adds, accepted)
    clean.push(seconds)
  }
  await adds.stop()
  assert.deepEqual(await lab.faults(), [])
  assert.deepEqual(
    lab.processes.flatMap((it) => it.deaths),
    [],
  )
  const strange = [...adds.statuses.keys()].filter((it) => !MAY_BE.includes(it))
  assert.deepEqual(strange, [], summary(adds))
  const slowest = Math.max(...clean)
  assert.ok(slowest <= allowing(5), `clean after ${clean.map((it) => it.toFixed(1)).join(', ')} s`)
  measured(
    t,
    `${KILLS} kills at ${perSecond}/s: 0 lost, 0 twice; ${summary(adds)}; clean after ${slowest.toFixed(1)} s at most`,
  )
})

test('PostgreSQL frozen for 10 s: every answer within 3 s, memory flat, as many done as before 2 s later', async (t) => {
  const adds = load(randomOf(seedOf(t)))
  await lasts(1_000)
  const memory = () => lab.processes.reduce((sum, it) => sum + it.memory(), 0)
  const start = memory()
  lab.postgres.freeze()
  const began = performance.now()
  await lasts(amount(10_000, 3_000))
  const grown = memory() - start
  lab.postgres.thaw()
  const thawed = performance.now()
  const cleared = await cleanAfter(adds, thawed)
  await adds.stop()
  const during = adds.answers.filter((it) => it.at > began && it.at < thawed)
  const slowest = Math.max(...during.map((it) => it.ms))
  assert.deepEqual(await lab.faults(), [])
  assert.deepEqual(
    lab.processes.flatMap((it) => it.deaths),
    [],
  )
  assert.deepEqual(
    [...adds.statuses.keys()].filter((it) => !MAY_BE.includes(it)),
    [],
  )
  assert.ok(!isFull || (during.length > 0 && slowest <= allowing(3_000)), `one took ${slowest} ms`)
  assert.ok(!isFull || grown < 50 * lab.processes.length, `${grown} MB more`)
  const seconds = wellAfter(adds, thawed)
  if (isFull) assert.ok(seconds <= allowing(2), `well after ${seconds} s`)
  const p50 = percentile(
    during.map((it) => it.ms),
    0.5,
  )
  measured(
    t,
    `frozen: ${during.length} answers, slowest ${slowest.toFixed(0)} ms (median ${p50.toFixed(0)}), ${grown.toFixed(0)} MB more; as many adds a second as before after ${seconds.toFixed(1)} s, nobody refused after ${cleared.toFixed(1)} s`,
  )
})

test('a cart process killed again and again: retried keys count once', async (t) => {
  const kills = amount(10, 2)
  const random = randomOf(seedOf(t))
  const adds = load(random)
  for (let kill = 0; kill < kills; kill++) {
    await lasts(300 + random() * 700)
    await lab.processes[kill % 2]?.crash()
  }
  await adds.stop()
  assert.deepEqual(await lab.faults(), [])
  assert.deepEqual(
    [...adds.statuses.keys()].filter((it) => ![0, ...MAY_BE].includes(it)),
    [],
  )
  measured(t, `${kills} kills of a service: 0 lost, 0 twice; ${summary(adds)}`)
})

/**
 * Seconds from `from` until a second began in which as many adds were done as are asked for in one.
 * Those who came meanwhile ask again until they are done too: that takes as long as the machine does
 * more than is newly asked for, and is told beside it.
 */
function wellAfter({ answers }: Adds, from: number): number {
  const good = answers.filter((it) => it.status === 200 && it.at > from).map((it) => it.at)
  const first = good.findIndex(
    (at, index) => (good[index + perSecond - 1] ?? Number.POSITIVE_INFINITY) - at <= 1_000,
  )
  return first < 0 ? Number.POSITIVE_INFINITY : ((good[first] ?? 0) - from) / 1000
}

/** Seconds from `from` until the last answer that was not good, looked at a second after it. */
async function cleanAfter({ answers }: Adds, from: number): Promise<number> {
  for (;;) {
    const last = answers.findLast((it) => it.status !== 200 && it.at > from)?.at ?? from
    if (performance.now() - last > 1_000 && answers.some((it) => it.status === 200 && it.at > last))
      return (last - from) / 1000
    // A machine that others overload is never clean; there only what is stored is judged.
    if (performance.now() - from > amount(60_000, 8_000))
      return isFull ? Number.POSITIVE_INFINITY : 0
    await lasts(50)
  }
}
