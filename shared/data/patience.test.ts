import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { withInvocation } from '../runtime/invocation.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { allowing, until } from '../testing/until.ts'

let it: TestDatabase

before(async () => {
  it = await testDatabase('patience', [])
  await it.db.sql`create table thing (n int)`
})
after(() => it.drop())

const call = <T>(work: () => Promise<T>) =>
  Promise.resolve(
    withInvocation({ requestId: randomUUID(), functionName: 'f', service: 'patience' }, work),
  )

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

test('a call that has waited nearly that long waits no further second for a connection', async () => {
  const { sql, pool } = it.db
  const most = pool().options.max
  const taken = await Promise.all(Array.from({ length: most - 1 }, () => pool().connect()))
  const began = performance.now()
  try {
    const late = call(async () => {
      await sql`select pg_sleep(1.95)`
      taken.push(await pool().connect())
      await sql`select pg_sleep(0.6)`
    })
    // Its first statement is done, nobody gives a connection back, and 0.85 s are left.
    await assert.rejects(late, { code: 'unavailable' })
    const ms = performance.now() - began
    assert.ok(ms > 2_600 && ms < allowing(2_900), `${ms} ms`)
  } finally {
    for (const client of taken) client.release()
  }
  await until(() => pool().idleCount === most)
})
