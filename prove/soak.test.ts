import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { amount, isFull, lasts, measured, randomOf, seedOf } from '../shared/testing/proof.ts'
import { startRedis, type TestRedis } from '../shared/testing/redis.ts'
import { until } from '../shared/testing/until.ts'
import { startAdds } from './lab/adds.ts'
import { type CartLab, openCartLab } from './lab/carts.ts'
import { descriptorsOf } from './lab/processes.ts'
import { startReads } from './lab/reads.ts'

const MINUTES = Number(process.env.SOAK_MINUTES ?? amount(20, 0.25))
const ADDS = amount(20, 10)
const READS = amount(80, 20)
/** Between two faults, in seconds. */
const QUIET = amount(10, 2)
/** Of a process that has been warm for a third of the time. */
const GROWTH = { mbPerMinute: 1, descriptors: 10 }
/** Minutes after which the resident memory of a process says something: in the first few it only gets warm. */
const LONG = 10

let lab: CartLab
let redis: TestRedis

before(async () => {
  redis = await startRedis()
  lab = await openCartLab(undefined, { REDIS_URL: redis.url })
})
after(async () => {
  await lab.close()
  await redis.stop()
})

/** Resident memory once garbage is collected, and what of it is ours. */
type Sample = { minute: number; mb: number; live: number; descriptors: number }

/** The process that stays up the whole time; the other one is killed and frozen. */
const stayer = () => lab.processes[0] ?? assert.fail()
const victim = () => lab.processes[1] ?? assert.fail()

const faults: Record<string, () => Promise<unknown>> = {
  'PostgreSQL killed': () => lab.postgres.crash(),
  'PostgreSQL frozen': async () => {
    lab.postgres.freeze()
    await lasts(1_500)
    lab.postgres.thaw()
  },
  'Redis killed': async () => {
    const { port } = redis
    await redis.stop()
    await lasts(1_000)
    redis = await startRedis(port)
  },
  'Redis frozen': async () => {
    redis.freeze()
    await lasts(1_500)
    redis.thaw()
  },
  'a process killed': () => victim().crash(),
  'a process frozen': async () => {
    victim().signal('SIGSTOP')
    await lasts(1_500)
    victim().signal('SIGCONT')
  },
}

test(`${MINUTES} minutes with faults at random: nothing lost, nothing twice, memory and descriptors flat`, async (t) => {
  const random = randomOf(seedOf(t))
  const names = Object.keys(faults)
  const adds = startAdds({ ...lab, perSecond: ADDS, random })
  const reads = startReads(READS, (at) => ({
    url: stayer().url,
    path: '/api/v1/cart/',
    headers: { cookie: lab.carts[at % lab.carts.length] ?? '' },
  }))
  const began = performance.now()
  const samples: Sample[] = []
  const done: string[] = []
  const count = () => descriptorsOf(stayer().pid())
  const minute = () => (performance.now() - began) / 60_000
  while (minute() < MINUTES) {
    await lasts(QUIET * (0.5 + random()) * 1000)
    const live = await stayer().live()
    samples.push({ minute: minute(), mb: stayer().memory(), live, descriptors: count() })
    const name = names[Math.floor(random() * names.length)] ?? ''
    done.push(name)
    await faults[name]?.()
  }
  await adds.stop()
  await reads.stop()
  assert.deepEqual(await lab.faults(), [], done.join(', '))
  assert.deepEqual(stayer().deaths, [])
  const strange = new Set(
    reads.answers.map((it) => it.status).filter((it) => it !== 200 && it !== 503),
  )
  // Beside other tests an answer may take longer than its client waits.
  if (!isFull) strange.delete(0)
  assert.deepEqual([...strange], [])
  const warm = samples.filter((it) => it.minute > MINUTES / 3)
  const slope = slopeOf(warm.map(({ minute, mb }) => [minute, mb]))
  const liveSlope = slopeOf(warm.map(({ minute, live }) => [minute, live]))
  const held = warm[0]?.descriptors ?? 0
  await until(() => count() <= held + GROWTH.descriptors, 20)
  const growth = `${liveSlope.toFixed(2)} MB a minute live, ${slope.toFixed(2)} resident (${warm.at(-1)?.mb.toFixed(0)} MB)`
  const slopes = MINUTES < LONG ? [liveSlope] : [liveSlope, slope]
  if (isFull) assert.ok(Math.max(...slopes) < GROWTH.mbPerMinute, growth)
  const bad = reads.answers.filter((it) => it.status !== 200).length
  measured(
    t,
    `${MINUTES} min, ${done.length} faults: 0 lost, 0 twice; ${bad} of ${reads.answers.length} reads 503; ${growth}, descriptors ${held} → ${count()}`,
  )
})

/** Of the straight line through these points, by least squares. */
function slopeOf(points: [number, number][]): number {
  const mean = (at: 0 | 1) => points.reduce((sum, it) => sum + it[at], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const above = points.reduce((sum, it) => sum + (it[0] - x) * (it[1] - y), 0)
  const below = points.reduce((sum, it) => sum + (it[0] - x) ** 2, 0)
  return below ? above / below : 0
}
