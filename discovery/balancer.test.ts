import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Balancer, balancer } from './balancer.ts'

const a = 'http://a'
const b = 'http://b'
const c = 'http://c'
const d = 'http://d'

test('spreads calls evenly over endpoints that are alike', () => {
  const { take } = balancer()
  const list = [a, b, c, d]
  const counts = new Map<string, number>()
  for (let round = 0; round < 2_000; round++) {
    const lease = take(list)
    lease?.done(true)
    count(counts, lease?.url)
  }
  for (const url of list) assert.ok(Math.abs((counts.get(url) ?? 0) - 500) < 120, url)
})

test('of two the one with fewer calls in flight is taken', () => {
  const { take } = balancer()
  const list = [a, b]
  const taken = Array.from({ length: 40 }, () => take(list)?.url)
  assert.equal(taken.filter((url) => url === a).length, 20)
})

test('three faults in a row put an endpoint aside, for 5 s, then 10, at most 60', () => {
  let time = 1_000
  const balanced = balancer({ now: () => time })
  const list = [a, b]
  failAt(balanced, list, a)
  failAt(balanced, list, a)
  assert.ok(isAsked(balanced, list, a), 'two are not enough')
  const lengths: number[] = []
  for (let round = 0; round < 6; round++) {
    failAt(balanced, list, a)
    const since = time
    while (!isAsked(balanced, list, a) && time - since < 100_000) time += 500
    lengths.push(time - since)
  }
  assert.deepEqual(lengths, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000])
})

test('a good answer forgives', () => {
  const balanced = balancer()
  const list = [a, b]
  for (let round = 0; round < 10; round++) {
    failAt(balanced, list, a)
    failAt(balanced, list, a)
    until(balanced, list, a)?.done(true)
  }
  assert.ok(isAsked(balanced, list, a))
})

test('never more than half are put aside, and one that is alone never', () => {
  const balanced = balancer()
  const list = [a, b, c, d]
  for (const url of list) for (let round = 0; round < 3; round++) failAt(balanced, list, url)
  const asked = new Set(Array.from({ length: 40 }, () => balanced.take(list)?.url))
  assert.deepEqual(asked, new Set([c, d]))
  const alone = balancer()
  for (let round = 0; round < 10; round++) failAt(alone, [a], a)
  assert.equal(alone.take([a])?.url, a)
})

test('a second attempt goes elsewhere or nowhere', () => {
  const { take } = balancer()
  for (let round = 0; round < 20; round++) assert.equal(take([a, b], a)?.url, b)
  assert.equal(take([a], a), undefined)
  assert.equal(take([]), undefined)
})

function count(counts: Map<string, number>, url = '') {
  counts.set(url, (counts.get(url) ?? 0) + 1)
}

/** A lease of this very endpoint; undefined when it is not given out. */
function until({ take }: Balancer, list: readonly string[], wanted: string) {
  for (let round = 0; round < 500; round++) {
    const lease = take(list)
    if (lease?.url === wanted) return lease
    lease?.done(undefined)
  }
  return undefined
}

function failAt(balanced: Balancer, list: readonly string[], url: string) {
  until(balanced, list, url)?.done(false)
}

function isAsked(balanced: Balancer, list: readonly string[], url: string) {
  const lease = until(balanced, list, url)
  lease?.done(undefined)
  return lease !== undefined
}
