import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { startRedis, type TestRedis } from '../testing/redis.ts'
import { until } from '../testing/until.ts'
import { decode, encode } from './cache-codec.ts'
import { freePort } from './free-port.ts'
import { boundedMemory } from './memory.ts'
import { type Database, useDatabase } from './postgres.ts'
import { openRedis, type RedisLink } from './redis.ts'
import { makeResponses } from './responses.ts'

const folders = [fileURLToPath(new URL('./schema/', import.meta.url))]
const secret = 'a secret of this test'

let it: TestDatabase
let db: Database
let server: TestRedis
const links: RedisLink[] = []

before(async () => {
  ;[it, server] = await Promise.all([testDatabase('cached', folders), startRedis()])
  db = it.db
  await db.sql`create table item (id int primary key, value int not null)`
  await db.sql`create function item_changed() returns trigger language plpgsql as $$
    begin perform souk_touch(array['items', 'item:' || new.id]); return null; end $$`
  await db.sql`create trigger item_changed after insert or update on item
    for each row execute function item_changed()`
  await db.sql`insert into item select n, 0 from generate_series(1, 20) as n`
})

afterEach(async () => {
  for (const link of links.splice(0)) await link.close()
})

after(async () => {
  await server.stop()
  await it.drop()
})

/** One process as the cache sees it: its own memory, the same database, maybe the same Redis. */
async function instance(withRedis = false, maxBytes?: number) {
  let redis: RedisLink | undefined
  if (withRedis) {
    const link = openRedis({ url: server.url, cluster: false })
    links.push(link)
    await until(() => link.isUp())
    redis = link
  }
  const cache = makeResponses({ db, redis, secret, ...(maxBytes && { maxBytes }) })
  let fills = 0
  const fill = async (id: number) => {
    fills++
    const body =
      await db.sql`select json_build_object('value', value) from item where id = ${id}`.text()
    return { status: 200, headers: { 'content-type': 'application/json' }, body: body ?? '' }
  }
  return {
    cache,
    fills: () => fills,
    read: async (id: number, wrap = (work: () => ReturnType<typeof fill>) => work()) => {
      const key = `/items/${id}`
      const stored =
        (await cache.peek(key)) ??
        (await cache.through(key, [`item:${id}`], 60, () => wrap(() => fill(id))))
      return JSON.parse(stored.body.toString()).value as number
    },
  }
}

const write = (id: number, value: number) =>
  db.sql`update item set value = ${value} where id = ${id}`.run()

test('what was made once is given again, with its etag, until a write', async () => {
  const a = await instance()
  assert.equal(a.cache.peek('/items/1'), undefined)
  assert.equal(await a.read(1), 0)
  const stored = await a.cache.peek('/items/1')
  assert.equal(await a.read(1), 0)
  assert.equal(a.fills(), 1)
  assert.match(stored?.etag ?? '', /^"[\w-]{22}"$/)
  await write(1, 1)
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
  const a = await instance()
  await a.read(2)
  const rolledBack = db.transaction(async () => {
    await write(2, 7)
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
    const [a, b] = [await instance(withRedis), await instance(withRedis)]
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
      await write(id, value)
      acknowledged = value
    }
    writing = false
    await Promise.all(readers)
    assert.equal(stale, 0)
    assert.ok(a.fills() + b.fills() < reads, 'some reads were served from the cache')
  })
}

test('many who ask at once cause one fill; one who comes after a write is not given the old', async () => {
  const a = await instance()
  assert.deepEqual(
    new Set(await Promise.all(Array.from({ length: 100 }, () => a.read(5)))),
    new Set([0]),
  )
  assert.equal(a.fills(), 1)

  await write(5, 1)
  const gate = Promise.withResolvers<void>()
  const made = Promise.withResolvers<void>()
  const slow = a.read(5, async (work) => {
    const fresh = await work()
    made.resolve()
    await gate.promise
    return fresh
  })
  await made.promise
  await write(5, 2)
  assert.equal(await a.read(5), 2)
  gate.resolve()
  assert.equal(await slow, 1)
  assert.equal(await a.read(5), 2)
})

test('reads of one turn share one query for their versions', async () => {
  const a = await instance()
  await Promise.all([6, 7, 8].map((id) => a.read(id)))
  const seen: string[] = []
  const counted = makeResponses({
    db: {
      ...db,
      outside: (text, values) => {
        seen.push(text)
        return db.outside(text, values)
      },
    },
    secret,
  })
  const fill = async () => ({ status: 200, headers: {}, body: 'x' })
  await Promise.all([6, 7, 8].map((id) => counted.through(`${id}`, [`item:${id}`], 60, fill)))
  assert.equal(seen.length, 1)
})

test('a failed fill fails all who waited for it, and is not kept; neither is what is not 200', async () => {
  const a = await instance()
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
  const a = await instance()
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
  await db.sql`select souk_touch(array['fresh-tag'])`
  assert.deepEqual([await read(), await read()], ['2', '2'])
  await db.sql`delete from souk_tag where tag = 'fresh-tag'`
  assert.deepEqual([await read(), await read()], ['3', '3'])
  await db.sql`truncate souk_tag`
  assert.deepEqual([await read(), await read()], ['4', '4'])
})

test('another process finds in Redis what one has made', async () => {
  const [a, b] = [await instance(true), await instance(true)]
  assert.equal(await a.read(9), 0)
  await until(async () => {
    b.cache.clear()
    await b.read(9)
    return b.cache.stats().shared > 0
  })
  await write(9, 1)
  assert.equal(await b.read(9), 1)
})

test('a cold key asked by many processes is made once or twice, not by each', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => instance(true)))
  await Promise.all(all.map((it) => it.read(10)))
  const fills = all.reduce((sum, it) => sum + it.fills(), 0)
  assert.ok(fills <= 3, `${fills} fills`)
})

test('garbage in Redis is a miss: cut, altered, or made under another secret', async () => {
  const good = encode(
    { status: 200, headers: { a: 'b' }, body: Buffer.from('body'), etag: '"e"' },
    secret,
  )
  assert.equal(decode(good, secret)?.body.toString(), 'body')
  assert.equal(decode(good, 'another'), undefined)
  for (let length = 0; length < good.length; length++) {
    assert.equal(decode(good.subarray(0, length), secret), undefined)
  }
  for (let index = 0; index < good.length; index++) {
    const altered = Buffer.from(good)
    altered.writeUInt8((altered.readUInt8(index) + 1) % 256, index)
    assert.equal(decode(altered, secret), undefined, `byte ${index}`)
  }
  const a = await instance(true)
  await a.read(11)
  const redis = new Redis(server.url)
  await until(async () => (await redis.keys('souk:cached:*')).length > 0)
  for (const key of await redis.keys('souk:cached:*')) await redis.set(key, 'garbage')
  const b = await instance(true)
  assert.equal(await b.read(11), 0)
  assert.equal(b.cache.stats().shared, 0)
  redis.disconnect()
})

test('a frozen Redis costs a few slow reads, then nothing; thawed it is used again', async () => {
  const a = await instance(true)
  server.freeze()
  try {
    let slow = 0
    for (let n = 0; n < 40; n++) {
      await write(12, n)
      const started = performance.now()
      assert.equal(await a.read(12), n)
      if (performance.now() - started > 50) slow++
    }
    assert.ok(slow <= 5, `${slow} slow reads`)
  } finally {
    server.thaw()
  }
  const b = await instance(true)
  await until(async () => {
    await write(12, 100)
    await a.read(12)
    b.cache.clear()
    await b.read(12)
    return b.cache.stats().shared > 0
  })
})

test('a killed Redis fails no read and changes no answer; restarted it is found again', async (t) => {
  const own = await startRedis()
  t.after(own.stop)
  const link = openRedis({ url: own.url, cluster: false })
  links.push(link)
  await until(() => link.isUp())
  const cache = makeResponses({ db, redis: link, secret })
  const read = (value: string) =>
    cache.through(`/k/${value}`, ['items'], 60, async () => ({
      status: 200,
      headers: {},
      body: value,
    }))
  await read('one')
  await own.stop()
  assert.equal((await read('two')).body.toString(), 'two')
  await until(() => !link.isUp())
  const again = await startRedis(own.port)
  t.after(again.stop)
  await until(() => link.isUp())
  assert.equal((await read('three')).body.toString(), 'three')
})

test('every command has one key, so that a cluster can take it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-cluster-'))
  const bus = String(await freePort())
  const flags = ['--cluster-enabled', 'yes', '--cluster-port', bus, '--dir', folder]
  flags.push('--cluster-announce-ip', '127.0.0.1')
  const own = await startRedis(undefined, flags)
  const admin = new Redis(own.url)
  t.after(async () => {
    admin.disconnect()
    await own.stop()
    rmSync(folder, { recursive: true })
  })
  await admin.call('cluster', 'addslotsrange', '0', '16383')
  await until(async () => String(await admin.call('cluster', 'info')).includes('cluster_state:ok'))
  const link = openRedis({ url: own.url, cluster: true })
  links.push(link)
  await until(() => link.isUp())
  const [a, b] = [
    makeResponses({ db, redis: link, secret }),
    makeResponses({ db, redis: link, secret }),
  ]
  const read = (cache: typeof a) =>
    cache.through('/c', ['items'], 60, async () => ({ status: 200, headers: {}, body: 'x' }))
  await read(a)
  await until(async () => {
    b.clear()
    await read(b)
    return b.stats().shared > 0
  })
})

test('when PostgreSQL cannot answer, the cache does not guess', async () => {
  const nowhere = await useDatabase('nowhere', 'postgres://x:y@127.0.0.1:1/z')
  const cache = makeResponses({ db: nowhere, secret })
  const fill = async () => ({ status: 200, headers: {}, body: 'x' })
  await assert.rejects(cache.through('/x', ['items'], 60, fill), { code: 'unavailable' })
})

test('memory is bounded in bytes, the least recently used go first, large ones are not kept', () => {
  const memory = boundedMemory<string>(10_000, 4000)
  for (const key of ['a', 'b', 'c']) memory.set(key, key, 2500, 60)
  assert.equal(memory.get('a'), 'a')
  memory.set('d', 'd', 2500, 60)
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((key) => memory.get(key)),
    ['a', undefined, 'c', 'd'],
  )
  memory.set('huge', 'x', 5000, 60)
  assert.equal(memory.get('huge'), undefined)
  memory.set('old', 'x', 10, -1)
  assert.equal(memory.get('old'), undefined)
  assert.ok(memory.size().bytes <= 10_000)
})
