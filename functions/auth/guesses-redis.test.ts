import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { closeCache } from '../../shared/data/cache.ts'
import { startRedis, type TestRedis } from '../../shared/testing/redis.ts'
import { hashesSpent } from './hashing.ts'
import { anyAddress, type House, newPassword, openHouse } from './testing/house.ts'

let redis: TestRedis
let house: House

before(async () => {
  redis = await startRedis()
  house = await openHouse([], { REDIS_URL: redis.url })
})
after(async () => {
  await house.shop.close()
  await closeCache()
  await redis.stop()
})

async function guessed(email: string, count: number, from: string): Promise<number> {
  const spent = hashesSpent()
  for (let at = 0; at < count; at++)
    await house.signIn({ email, password: newPassword() }, { from })
  return hashesSpent() - spent
}

test('another process counts on where this one stopped; without Redis each counts for itself', async () => {
  const ada = await house.person()
  const from = anyAddress()
  assert.equal(await guessed(ada.email, 3, from), 3)
  // What a process knows by itself is gone with this, as in another process.
  await closeCache()
  assert.equal((await house.signIn(ada, { from: anyAddress() })).status, 200)
  const rest = await guessed(ada.email, 5, from)
  assert.ok(rest <= 3, `${rest} more`)
  await redis.stop()
  await closeCache()
  const bob = { email: 'bob@example.com' }
  assert.equal(await guessed(bob.email, 8, from), 5)
  assert.equal((await house.signIn(ada, { from: anyAddress() })).status, 200)
})
