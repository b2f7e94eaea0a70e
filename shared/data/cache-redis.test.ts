import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Redis } from 'ioredis'
import { startRedis } from '../testing/redis.ts'
import { allowing, until } from '../testing/until.ts'
import { decode, encode } from './cache-codec.ts'
import { type CacheLab, openCacheLab, secret } from './cache-lab.ts'
import { freePort } from './free-port.ts'
import { makeResponses } from './responses.ts'

let lab: CacheLab

before(async () => {
  lab = await openCacheLab('shared')
})

after(() => lab.close())

test('another process finds in Redis what one has made', async () => {
  const [a, b] = [await lab.instance(true), await lab.instance(true)]
  assert.equal(await a.read(9), 0)
  await until(async () => {
    b.cache.clear()
    await b.read(9)
    return b.cache.stats().shared > 0
  })
  await lab.write(9, 1)
  assert.equal(await b.read(9), 1)
})

test('a cold key asked by many processes is made once or twice, not by each', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => lab.instance(true)))
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
  const a = await lab.instance(true)
  await a.read(11)
  const redis = new Redis(lab.server.url)
  await until(async () => (await redis.keys('souk:shared:*')).length > 0)
  for (const key of await redis.keys('souk:shared:*')) await redis.set(key, 'garbage')
  const b = await lab.instance(true)
  assert.equal(await b.read(11), 0)
  assert.equal(b.cache.stats().shared, 0)
  redis.disconnect()
})

test('a frozen Redis costs a few slow reads, then nothing; thawed it is used again', async () => {
  const a = await lab.instance(true)
  lab.server.freeze()
  try {
    let slow = 0
    for (let n = 0; n < 40; n++) {
      await lab.write(12, n)
      const started = performance.now()
      assert.equal(await a.read(12), n)
      if (performance.now() - started > allowing(50)) slow++
    }
    assert.ok(slow <= 5, `${slow} slow reads`)
  } finally {
    lab.server.thaw()
  }
  const b = await lab.instance(true)
  await until(async () => {
    await lab.write(12, 100)
    await a.read(12)
    b.cache.clear()
    await b.read(12)
    return b.cache.stats().shared > 0
  })
})

test('a killed Redis fails no read and changes no answer; restarted it is found again', async (t) => {
  const own = await startRedis()
  t.after(own.stop)
  const link = await lab.link(own.url, false)
  const cache = makeResponses({ db: lab.db, redis: link, secret })
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
  const link = await lab.link(own.url, true)
  const [a, b] = [
    makeResponses({ db: lab.db, redis: link, secret }),
    makeResponses({ db: lab.db, redis: link, secret }),
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
