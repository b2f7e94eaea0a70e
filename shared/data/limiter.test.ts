import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Redis } from 'ioredis'
import { startRedis, type TestRedis } from '../testing/redis.ts'
import { allowing, until } from '../testing/until.ts'
import { makeLimiter } from './limiter.ts'
import { openRedis, type RedisLink } from './redis.ts'

let server: TestRedis
let link: RedisLink

before(async () => {
  server = await startRedis()
  link = openRedis({ url: server.url, cluster: false })
  await until(() => link.isUp())
})

after(async () => {
  await link.close()
  await server.stop()
})

for (const where of ['memory', 'Redis'] as const) {
  test(`counts up to the limit, tells when to come back, and starts anew, in ${where}`, async () => {
    const limits = makeLimiter('test', where === 'Redis' ? link : undefined, 'secret')
    const hit = () => limits.hit(`one-${where}`, 2, 1)
    assert.deepEqual(await hit(), { allowed: true, remaining: 1, retryAfter: 0 })
    assert.deepEqual(await limits.read(`one-${where}`, 2), {
      allowed: true,
      remaining: 1,
      retryAfter: 0,
    })
    assert.equal((await hit()).allowed, true)
    assert.deepEqual(await hit(), { allowed: false, remaining: 0, retryAfter: 1 })
    assert.equal((await limits.read(`one-${where}`, 2)).allowed, false)
    assert.equal((await limits.hit(`other-${where}`, 2, 60)).allowed, true)
    await limits.reset(`one-${where}`)
    assert.equal((await hit()).remaining, 1)
    await until(async () => (await limits.read(`one-${where}`, 2)).remaining === 2)
  })
}

test('all processes count together, and Redis sees no key in the clear', async () => {
  const [a, b] = [makeLimiter('pair', link, 'secret'), makeLimiter('pair', link, 'secret')]
  const verdicts = await Promise.all(
    Array.from({ length: 20 }, (_, n) => (n % 2 ? a : b).hit('canary@shop.example', 10, 60)),
  )
  assert.equal(verdicts.filter((it) => it.allowed).length, 10)
  const redis = new Redis(server.url)
  const keys = await redis.keys('souk:pair:*')
  assert.equal(keys.length, 1)
  assert.ok(!keys[0]?.includes('canary'))
  assert.ok((await redis.pttl(keys[0] ?? '')) > 0)
  redis.disconnect()
})

test('a Redis that goes away forgives nobody', async () => {
  const [limits, other] = [makeLimiter('away', link, 'secret'), makeLimiter('away', link, 'secret')]
  for (let n = 0; n < 4; n++) await other.hit('k', 5, 60)
  await limits.hit('k', 5, 60)
  server.freeze()
  try {
    assert.equal((await limits.hit('k', 5, 60)).allowed, false)
    const started = performance.now()
    for (let n = 0; n < 50; n++) await limits.hit('k', 5, 60)
    assert.ok(performance.now() - started < allowing(1000))
  } finally {
    server.thaw()
  }
})
