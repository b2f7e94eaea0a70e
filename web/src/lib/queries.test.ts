import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QueryCache } from './queries.ts'

const query = { key: '/a', path: '/a' }

/** A sender whose answers are given by hand. */
function sender() {
  const waiting: ((value: unknown) => void)[] = []
  const send = () => new Promise<unknown>((resolve) => waiting.push(resolve))
  return { send, waiting, answer: (value: unknown) => waiting.shift()?.(value) }
}

test('who asks for the same at the same time shares one request', async () => {
  const { send, waiting, answer } = sender()
  const cache = new QueryCache(send)
  const both = Promise.all([cache.fetch(query), cache.fetch(query)])
  assert.equal(waiting.length, 1)
  answer('x')
  assert.deepEqual(await both, ['x', 'x'])
  assert.equal(cache.peek(query), 'x')
  assert.ok(cache.isFresh(query))
})

test('an answer asked for before a write is not kept after it', async () => {
  const { send, answer, waiting } = sender()
  const cache = new QueryCache(send)
  const before = cache.fetch(query)
  cache.invalidate('/a')
  const afterwards = cache.fetch(query)
  assert.equal(waiting.length, 2)
  answer('old')
  await before
  assert.equal(cache.peek(query), undefined)
  answer('new')
  await afterwards
  assert.equal(cache.peek(query), 'new')
})

test('what was invalidated is shown until the new one is there', async () => {
  const { send, answer } = sender()
  const cache = new QueryCache(send)
  const asked = cache.fetch(query)
  answer(1)
  await asked
  cache.invalidate('/a')
  assert.equal(cache.peek(query), 1)
  assert.equal(cache.isFresh(query), false)
})

test('a failure is told, and the next one asks again', async () => {
  let tries = 0
  const cache = new QueryCache(async () => {
    if (++tries === 1) throw new Error('down')
    return 'up'
  })
  await assert.rejects(cache.fetch(query), /down/)
  assert.equal(await cache.fetch(query), 'up')
})
