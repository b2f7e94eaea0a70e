import assert from 'node:assert/strict'
import { argon2Sync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { argon2id } from './hashing-threads.ts'

const cost = { memory: 64, passes: 1, parallelism: 1, tagLength: 32 }

test('many at once get each their own hash', async () => {
  const asked = Array.from({ length: 40 }, (_, at) => ({
    message: `password ${at}`,
    nonce: randomBytes(16),
    ...cost,
  }))
  const tags = await Promise.all(asked.map(argon2id))
  assert.deepEqual(
    tags,
    asked.map((it) => argon2Sync('argon2id', it)),
  )
})

test('a thread that dies fails what it was given, and the next hash is made', async () => {
  const good = { message: 'password', nonce: randomBytes(16), ...cost }
  await assert.rejects(argon2id({ ...good, memory: 1 }), { code: 'ERR_OUT_OF_RANGE' })
  assert.deepEqual(await argon2id(good), argon2Sync('argon2id', good))
})
