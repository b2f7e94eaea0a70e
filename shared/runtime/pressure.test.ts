import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from './lab/scratch.ts'
import { pressure } from './pressure.ts'
import { defaultLimits } from './state.ts'

test('what waits for the database may come in a burst, but not for long', async (t) => {
  const { maxStanding, maxWhileWaiting } = defaultLimits
  const load = pressure({ ...defaultLimits, maxLagMs: 60_000 })
  t.after(() => load.stop())
  const isOver = () => load.overloaded(() => true)
  load.inFlight = maxStanding
  assert.equal(isOver(), false)
  load.inFlight = maxWhileWaiting
  assert.equal(isOver(), true)
  load.inFlight = maxStanding
  await until('it is a flood', isOver)
  assert.equal(
    load.overloaded(() => false),
    false,
    'nothing waits',
  )
  load.inFlight = maxStanding - 1
  assert.equal(isOver(), false, 'who leaves makes room for one')
  load.inFlight = maxStanding
  assert.equal(isOver(), true)
  await until('it is over', () => {
    load.inFlight = maxStanding / 2 - 1
    isOver()
    load.inFlight = maxStanding
    return !isOver()
  })
})
