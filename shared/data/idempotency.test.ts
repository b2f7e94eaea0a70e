import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { idempotently, type Repeatable, sweep } from './idempotency.ts'
import { type Database, sqlFault } from './postgres.ts'

const folders = [fileURLToPath(new URL('./schema/', import.meta.url))]

let it: TestDatabase
let db: Database

before(async () => {
  it = await testDatabase('idem', folders)
  db = it.db
  await db.sql`create table made (id int generated always as identity, name text unique)`
})

beforeEach(() => db.sql`truncate made, souk_idempotency`.run())

after(() => it.drop())

const made = () => db.sql`select count(*) from made`.text()

const request = { scope: 'POST /things/ user-1', key: 'k1', fingerprint: '{"name":"a"}' }

const make =
  (status = 201, name = 'a') =>
  async (): Promise<Repeatable> => {
    await db.sql`insert into made (name) values (${name})`
    return { status, headers: { location: '/1' }, body: `{"name":"${name}"}`, cookies: ['c=1'] }
  }

test('the same key gives the first answer again and does the work once', async () => {
  const first = await idempotently(db, request, make())
  const second = await idempotently(db, request, make())
  assert.deepEqual([first.replayed, second.replayed], [false, true])
  assert.deepEqual(second.result, first.result)
  assert.equal(await made(), '1')
  const bytes = { ...request, key: 'k2' }
  const answer = { status: 200, headers: {}, body: Buffer.from([0, 255]) }
  await idempotently(db, bytes, async () => answer)
  assert.deepEqual((await idempotently(db, bytes, async () => answer)).result, answer)
})

test('another body under the same key is refused; another scope or key is another request', async () => {
  await idempotently(db, request, make())
  await assert.rejects(idempotently(db, { ...request, fingerprint: '{"name":"b"}' }, make()), {
    code: 'idempotency_mismatch',
  })
  assert.equal((await idempotently(db, { ...request, scope: 's' }, make(201, 'b'))).replayed, false)
  assert.equal((await idempotently(db, { ...request, key: 'k' }, make(201, 'c'))).replayed, false)
})

test('while the first is running, the same key is in flight', async () => {
  const gate = Promise.withResolvers<void>()
  const inside = Promise.withResolvers<void>()
  const first = idempotently(db, request, async () => {
    inside.resolve()
    await gate.promise
    return make()()
  })
  await inside.promise
  await assert.rejects(idempotently(db, request, make()), { code: 'idempotency_in_flight' })
  gate.resolve()
  await first
  const all = await Promise.allSettled(
    Array.from({ length: 20 }, () => idempotently(db, { ...request, key: 'many' }, make(201, 'z'))),
  )
  for (const one of all) {
    if (one.status === 'rejected') assert.equal(one.reason.code, 'idempotency_in_flight')
  }
  assert.equal(await made(), '2')
})

test('a refusal is kept, its effects are not; faults and 429 are not kept', async () => {
  const refuse = () => idempotently(db, request, make(409))
  assert.deepEqual([(await refuse()).replayed, (await refuse()).replayed], [false, true])
  assert.equal(await made(), '0')
  for (const status of [429, 500, 503]) {
    const other = { ...request, key: `s${status}` }
    await idempotently(db, other, make(status))
    assert.equal((await idempotently(db, other, make(201, `n${status}`))).replayed, false)
  }
  const thrown = { ...request, key: 'thrown' }
  await assert.rejects(
    idempotently(db, thrown, async () => {
      await make()()
      throw new Error('no')
    }),
    /^Error: no$/,
  )
  assert.equal((await idempotently(db, thrown, make())).replayed, false)
})

test('a conflict that the work turns into an answer can be kept', async () => {
  await make()()
  const work = () =>
    make()().catch((error) => ({
      status: sqlFault(error)?.status ?? 500,
      headers: {},
      body: 'taken',
    }))
  await idempotently(db, request, work)
  const { replayed, result } = await idempotently(db, request, work)
  assert.deepEqual([replayed, result.status, result.body], [true, 409, 'taken'])
})

test('after 24 hours the key is free again, and swept away', async () => {
  await idempotently(db, request, make())
  await db.sql`update souk_idempotency set expires_at = now()`
  assert.equal(
    (await idempotently(db, { ...request, fingerprint: 'x' }, make(201, 'b'))).replayed,
    false,
  )
  await db.sql`update souk_idempotency set expires_at = now()`
  assert.equal(await sweep(db), 1)
})

test('nothing of the request can be read from the table', async () => {
  await idempotently(db, { ...request, fingerprint: 'canary-password' }, make())
  const rows = JSON.stringify(await db.sql`select t.* from souk_idempotency t`)
  const digest = (await crypto.subtle.digest(
    'SHA-256',
    Buffer.from('canary-password'),
  )) as ArrayBuffer
  assert.ok(!rows.includes('canary'))
  const stored = await db.sql<{
    fingerprint: Buffer
  }>`select fingerprint from souk_idempotency`.one()
  assert.ok(!stored?.fingerprint.equals(Buffer.from(digest)), 'a plain hash could be guessed at')
})
