import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '../testing/until.ts'
import { type CacheLab, openCacheLab, secret } from './cache-lab.ts'
import { boundedMemory } from './memory.ts'
import { useDatabase } from './postgres.ts'
import { makeResponses } from './responses.ts'

let lab: CacheLab

before(async () => {
  lab = await openCacheLab('cached')
})

after(() => lab.close())

test('what was made once is given again, with its etag, until a write', async () => {
  const a = await lab.instance()
  assert.equal(a.cache.peek('/items/1'), undefined)
  assert.equal(await a.read(1), 0)
  const stored = await a.cache.peek('/items/1')
  assert.equal(await a.read(1), 0)
  assert.equal(a.fills(), 1)
  assert.match(stored?.etag ?? '', /^"[\w-]{22}"$/)
  await lab.write(1, 1)
  assert.equal(await a.cache.peek('/items/1'), undefined)
  assert.equal(await a.read(1), 1)
  const own = await a.cache.through('/own', ['items'], 60, async () => ({
    status: 200,
    headers: {},
    body: 'x',
    etag: '"own"',
  }))
  assert.equal(own.etag, '"own"')
})

test('what a transaction reads back of its own writes is kept from all others', async () => {
  const a = await lab.instance()
  await a.read(2)
  const rolledBack = lab.db.transaction(async () => {
    await lab.write(2, 7)
    assert.equal(await a.read(2), 7)
    a.cache.clear()
    assert.equal(await a.read(2), 7)
    throw new Error('no')
  })
  await assert.rejects(rolledBack, /^Error: no$/)
  assert.equal(await a.read(2), 0)
})

for (const withRedis of [false, true]) {
  const where = withRedis ? 'with Redis' : 'in memory'
  test(`no read after an answered write is older than it, two processes, ${where}`, async () => {
    const [a, b] = [await lab.instance(withRedis), await lab.instance(withRedis)]
    const id = withRedis ? 4 : 3
    let acknowledged = 0
    let stale = 0
    let reads = 0
    let writing = true
    const reader = async (it: typeof a) => {
      while (writing) {
        const least = acknowledged
        if ((await it.read(id)) < least) stale++
        reads++
      }
    }
    const readers = [a, a, a, b, b, b].map(reader)
    for (let value = 1; value <= 150 || reads < 300; value++) {
      await lab.write(id, value)
      acknowledged = value
    }
    writing = false
    await Promise.all(readers)
    assert.equal(stale, 0)
    assert.ok(a.fills() + b.fills() < reads, 'some reads were served from the cache')
  })
}

test('many who ask at once cause one fill; one who comes after a write is not given the old', async () => {
  const a = await lab.instance()
  assert.deepEqual(
    new Set(await Promise.all(Array.from({ length: 500 }, () => a.read(5)))),
    new Set([0]),
  )
  assert.equal(a.fills(), 1)

  await lab.write(5, 1)
  const gate = Promise.withResolvers<void>()
  const made = Promise.withResolvers<void>()
  const slow = a.read(5, async (work) => {
    const fresh = await work()
    made.resolve()
    await gate.promise
    return fresh
  })
  await made.promise
  await lab.write(5, 2)
  assert.equal(await a.read(5), 2)
  gate.resolve()
  assert.equal(await slow, 1)
  assert.equal(await a.read(5), 2)
})

test('reads of one turn share one query for their versions', async () => {
  const a = await lab.instance()
  await Promise.all([6, 7, 8].map((id) => a.read(id)))
  const seen: string[] = []
  const counted = makeResponses({
    db: {
      ...lab.db,
      outside: (text, values) => {
        seen.push(text)
        return lab.db.outside(text, values)
      },
    },
    secret,
  })
  const fill = async () => ({ status: 200, headers: {}, body: 'x' })
  await Promise.all([6, 7, 8].map((id) => counted.through(`${id}`, [`item:${id}`], 60, fill)))
  assert.equal(seen.length, 1)
})

test('who comes while versions are asked for shares the next question; a lost one keeps nobody', async () => {
  const asked: (() => void)[] = []
  const counted = makeResponses({
    db: {
      ...lab.db,
      outside: async (text, values) => {
        await new Promise<void>((resolve) => asked.push(resolve))
        return lab.db.outside(text, values)
      },
    },
    secret,
  })
  const fill = async () => ({ status: 200, headers: {}, body: 'x' })
  const read = (id: number) => counted.through(`${id}`, [`item:${id}`], 60, fill)
  const questions = (count: number) => until(() => asked.length === count)
  const first = read(6)
  await questions(1)
  const second = read(7)
  await new Promise(setImmediate)
  const later = Promise.all([second, read(8)])
  // The first has no answer yet: after a while those behind it ask for themselves, both in one.
  await until(() => asked.length > 1)
  assert.equal(asked.length, 2)
  asked[1]?.()
  await later
  asked[0]?.()
  await first
  assert.equal(asked.length, 2)
})

test('a failed fill fails all who waited for it, and is not kept; neither is what is not 200', async () => {
  const a = await lab.instance()
  const fail = () => a.cache.through('/bad', ['items'], 60, () => Promise.reject(new Error('no')))
  const verdicts = await Promise.allSettled([fail(), fail()])
  assert.deepEqual(
    verdicts.map((it) => it.status),
    ['rejected', 'rejected'],
  )
  let n = 0
  const missing = async () => ({ status: 404, headers: {}, body: String(++n) })
  await a.cache.through('/none', ['items'], 60, missing)
  const again = await a.cache.through('/none', ['items'], 60, missing)
  assert.equal(again.body.toString(), '2')
})

test('versions never come back: not of a deleted tag, not of one that never was', async () => {
  const a = await lab.instance()
  let n = 0
  const read = async () =>
    (
      await a.cache.through('/v', ['fresh-tag'], 60, async () => ({
        status: 200,
        headers: {},
        body: String(++n),
      }))
    ).body.toString()
  assert.deepEqual([await read(), await read()], ['1', '1'])
  await lab.db.sql`select souk_touch(array['fresh-tag'])`
  assert.deepEqual([await read(), await read()], ['2', '2'])
  await lab.db.sql`delete from souk_tag where tag = 'fresh-tag'`
  assert.deepEqual([await read(), await read()], ['3', '3'])
  await lab.db.sql`truncate souk_tag`
  assert.deepEqual([await read(), await read()], ['4', '4'])
})

test('when PostgreSQL cannot answer, the cache does not guess', async () => {
  const nowhere = await useDatabase('nowhere', 'postgres://x:y@127.0.0.1:1/z')
  const cache = makeResponses({ db: nowhere, secret })
  const fill = async () => ({ status: 200, headers: {}, body: 'x' })
  await assert.rejects(cache.through('/x', ['items'], 60, fill), { code: 'unavailable' })
})

test('memory is bounded in bytes, the least recently used go first, large ones are not kept', () => {
  const memory = boundedMemory<string>(10_000, 4000)
  const set = (key: string, bytes: number, seconds = 60) =>
    memory.set(key, () => key, bytes, seconds)
  const there = (...keys: string[]) => keys.filter((key) => memory.get(key) === key)
  for (const key of ['a', 'b', 'c']) set(key, 2500)
  assert.equal(memory.get('a'), 'a')
  for (let page = 0; page < 100; page++) set(`page ${page}`, 2500)
  assert.deepEqual(there('page 0', 'page 99', 'b', 'c', 'a'), ['b', 'c', 'a'], 'once is not enough')
  set('d', 2500)
  set('d', 2500)
  assert.deepEqual(there('a', 'b', 'c', 'd'), ['a', 'c', 'd'])
  set('huge', 5000)
  assert.equal(memory.get('huge'), undefined)
  memory.clear()
  for (const key of ['e', 'f', 'g']) set(key, 2500, -1)
  set('h', 2500)
  assert.equal(memory.get('h'), 'h', 'what is too old makes room')
  set('old', 10, -1)
  assert.equal(memory.get('old'), undefined)
  assert.ok(memory.size().bytes <= 10_000)
})
