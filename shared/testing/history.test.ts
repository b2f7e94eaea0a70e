import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Entry, effectFaults, outcomeOf, readFaults, recorder, sumFaults } from './history.ts'

/** One entry a tick long, from its place in the list on. */
const entries = (...all: Partial<Entry>[]): Entry[] =>
  all.map((it, at) => {
    const base: Entry = { op: 'add', key: 'k', start: at * 2, end: at * 2 + 1, outcome: 'ok' }
    return { ...base, ...it }
  })

test('an acknowledged add that is not in the sum is lost', () => {
  const history = entries({ value: 3 }, { value: 2, outcome: 'fail' }, { value: 1 })
  assert.deepEqual(sumFaults(history, new Map([['k', 4]])), [])
  assert.match(sumFaults(history, new Map([['k', 3]])).join(), /lost/)
  assert.match(sumFaults(history, new Map()).join(), /lost/)
})

test('a refused add that is in the sum, or one that is in it twice, is seen', () => {
  const history = entries(
    { id: 'a' },
    { id: 'a', outcome: 'unknown' },
    { id: 'b', outcome: 'fail' },
  )
  assert.deepEqual(sumFaults(history, new Map([['k', 1]])), [])
  assert.match(sumFaults(history, new Map([['k', 2]])).join(), /twice/)
  assert.match(sumFaults([], new Map([['other', 1]])).join(), /twice/)
})

test('what is unknown may be in the sum or not', () => {
  const history = entries({ outcome: 'unknown' }, {})
  for (const sum of [1, 2]) assert.deepEqual(sumFaults(history, new Map([['k', sum]])), [])
  assert.equal(sumFaults(history, new Map([['k', 3]])).length, 1)
  assert.equal(sumFaults(history, new Map([['k', 0]])).length, 1)
})

test('effects: lost, refused and stored, stored twice, never sent', () => {
  const history = entries(
    { id: 'a' },
    { id: 'b', outcome: 'fail' },
    { id: 'c', outcome: 'unknown' },
    { id: 'd', outcome: 'unknown' },
    { id: 'd', outcome: 'fail' },
  )
  assert.deepEqual(effectFaults(history, ['a', 'c', 'd']), [])
  assert.deepEqual(effectFaults(history, ['a']), [])
  assert.match(effectFaults(history, ['c']).join(), /^a: acknowledged and lost$/)
  assert.match(effectFaults(history, ['a', 'b']).join(), /^b: refused and stored$/)
  assert.match(effectFaults(history, ['a', 'c', 'c']).join(), /^c: stored 2 times$/)
  assert.match(effectFaults(history, ['a', 'x']).join(), /^x: stored and never sent$/)
})

test('reads: older than an acknowledged write, older than a read, out of nowhere', () => {
  const write = (value: number, start: number, end: number, outcome: Entry['outcome'] = 'ok') =>
    entries({ op: 'write', value, start, end, outcome })
  const read = (value: number, start: number, end: number) =>
    entries({ op: 'read', value, start, end })
  const base = [...write(1, 0, 10), ...write(2, 20, 30)]
  assert.deepEqual(readFaults([...base, ...read(1, 12, 25), ...read(2, 25, 28)]), [])
  assert.match(readFaults([...base, ...read(1, 31, 32)]).join(), /read 1 after 2 was acknowledged/)
  assert.match(
    readFaults([...base, ...read(2, 21, 22), ...read(1, 23, 24)]).join(),
    /read 1 after 2 was read/,
  )
  assert.match(readFaults([...base, ...read(2, 12, 19)]).join(), /nobody wrote yet/)
  const open = [...base, ...write(3, 40, 50, 'unknown')]
  assert.deepEqual(readFaults([...open, ...read(2, 60, 61)]), [])
  assert.deepEqual(readFaults([...open, ...read(3, 60, 61)]), [])
  assert.match(readFaults([...open, ...read(3, 60, 61), ...read(2, 62, 63)]).join(), /was read/)
})

test('the recorder keeps outcomes, and an error as unknown', async () => {
  const { entries: kept, run } = recorder()
  await run({ op: 'add', key: 'k' }, async () => ({ outcome: outcomeOf(201) }))
  await run({ op: 'add', key: 'k' }, async () => ({ outcome: outcomeOf(409) }))
  await run({ op: 'add', key: 'k' }, async () => ({ outcome: outcomeOf(503) }))
  await run({ op: 'add', key: 'k' }, () => Promise.reject(new Error('cut')))
  await run({ op: 'read', key: 'k' }, async () => ({ outcome: 'ok', value: 7 }))
  assert.deepEqual(
    kept.map((it) => it.outcome),
    ['ok', 'fail', 'unknown', 'unknown', 'ok'],
  )
  assert.equal(kept[4]?.value, 7)
  assert.ok(kept.every((it) => it.end >= it.start))
})
