import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { withInvocation } from '../runtime/invocation.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { allowing } from '../testing/until.ts'

let it: TestDatabase

before(async () => {
  it = await testDatabase('patience', [])
  await it.db.sql`create table thing (n int)`
})
after(() => it.drop())

const call = <T>(work: () => Promise<T>) =>
  withInvocation({ requestId: randomUUID(), functionName: 'f', service: 'patience' }, work)

test('a call waits 2.8 s for PostgreSQL in all; what it had begun is undone, and others go on', async () => {
  const { sql, transaction } = it.db
  const began = performance.now()
  const slow = call(() =>
    transaction(async () => {
      await sql`insert into thing values (1)`
      for (let times = 0; times < 3; times++) await sql`select pg_sleep(1.8)`
    }),
  )
  const other = call(() => sql`select pg_sleep(1.8)`.run())
  await assert.rejects(slow, { code: 'unavailable' })
  const ms = performance.now() - began
  assert.ok(ms > 2_700 && ms < allowing(3_200), `${ms} ms`)
  await other
  assert.equal(await sql`select count(*) from thing`.text(), '0')
})

test('statements side by side count once, and nothing is counted outside of a call', async () => {
  const { sql } = it.db
  await call(async () => {
    await Promise.all([1, 2, 3].map(() => sql`select pg_sleep(1.2)`.run()))
    await sql`select pg_sleep(1.2)`
  })
  for (let times = 0; times < 3; times++) await sql`select pg_sleep(1)`
})
