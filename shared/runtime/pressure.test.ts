import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from './lab/scratch.ts'
import { pressure } from './pressure.ts'
import { defaultLimits } from './state.ts'

test('what waits for the database may come in a burst, but not for long', async (t) => {
  const { maxStanding, maxWhileWaiting, maxInFlood } = defaultLimits
  const load = pressure({ ...defaultLimits, maxLagMs: 60_000 })
  t.after(() => load.stop())
  const isFullAt = (inFlight: number, waits = true) => {
    load.inFlight = inFlight
    return load.overloaded(() => waits)
  }
  assert.equal(isFullAt(maxStanding), false)
  assert.equal(isFullAt(maxWhileWaiting), true)
  await until('it is a flood', () => isFullAt(maxStanding))
  assert.equal(isFullAt(maxInFlood, false), true, 'some have waited a moment ago')
  assert.equal(isFullAt(maxInFlood - 1), false, 'who leaves makes room for one')
  assert.equal(isFullAt(maxInFlood), true)
  const from = performance.now()
  await until('two samples have been taken in which nobody was refused', () => {
    isFullAt(maxInFlood - 1)
    return performance.now() - from > 250
  })
  assert.equal(isFullAt(maxInFlood), false, 'it is over')
})

test('what waits for no database is let in, however many stand', async (t) => {
  const load = pressure({ ...defaultLimits, maxLagMs: 60_000 })
  t.after(() => load.stop())
  load.inFlight = defaultLimits.maxWhileWaiting
  const from = performance.now()
  await until('it has stood for three samples', () => {
    assert.equal(
      load.overloaded(() => false),
      false,
    )
    return performance.now() - from > 350
  })
})

test('who goes on asking is let in again when it is no flood any more', async (t) => {
  const { maxStanding, maxInFlood } = defaultLimits
  const load = pressure({ ...defaultLimits, maxLagMs: 60_000 })
  t.after(() => load.stop())
  const isFullAt = (inFlight: number) => {
    load.inFlight = inFlight
    return load.overloaded(() => true)
  }
  await until('it is a flood', () => isFullAt(maxStanding))
  // Fifty that ask again at once, each refused as long as it is one.
  await until('they are let in', () => !isFullAt(maxInFlood))
  for (let times = 0; times < 5; times++) assert.equal(isFullAt(50), false)
})
