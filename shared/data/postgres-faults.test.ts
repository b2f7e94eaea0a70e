import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { Fault } from '../http/errors.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { until } from '../testing/until.ts'
import { type Database, isRetryable, sqlFault, useDatabase } from './postgres.ts'

const folders = [fileURLToPath(new URL('./schema/', import.meta.url))]

let it: TestDatabase
let db: Database

before(async () => {
  it = await testDatabase('faults', folders)
  db = it.db
  await db.sql`create table thing (id int primary key, name text unique, n int not null check (n < 1000))`
  await db.sql`insert into thing values (1, 'a', 1)`
})

after(() => it.drop())

test('errors of PostgreSQL become the faults a client can act on', async () => {
  const codeOf = async (work: () => PromiseLike<unknown>) => {
    try {
      await work()
    } catch (error) {
      return [sqlFault(error)?.code, sqlFault(error)?.extra.members]
    }
    return 'no error'
  }
  const { sql } = db
  assert.deepEqual(await codeOf(() => sql`select ${'x'}::text::int`), [
    'invalid_request',
    undefined,
  ])
  assert.deepEqual(await codeOf(() => sql`select 2147483647::int4 + 1`), [
    'invalid_request',
    undefined,
  ])
  assert.deepEqual(await codeOf(() => sql`insert into thing values (50, 'a', 1)`), [
    'conflict',
    { constraint: 'thing_name_key' },
  ])
  assert.deepEqual(await codeOf(() => sql`insert into thing values (51, 'q', 5000)`), [
    'conflict',
    { constraint: 'thing_n_check' },
  ])
  assert.deepEqual(await codeOf(() => sql`selec 1`), [undefined, undefined])
  assert.equal(sqlFault(new Error('else')), undefined)
  const serialization = Object.assign(new pg.DatabaseError('x', 1, 'error'), { code: '40001' })
  assert.equal(isRetryable(serialization), true)
  assert.equal(sqlFault(serialization)?.extra.headers?.['retry-after'], '1')
})

test('the server ends what takes too long, and a lock that is not given', async () => {
  await assert.rejects(async () => await db.sql`select pg_sleep(10)`, { code: 'unavailable' })
  const other = new pg.Client(it.url)
  await other.connect()
  await other.query('begin; update thing set n = n where id = 1')
  const waiting = db.sql`update thing set n = n where id = 1`.run()
  await assert.rejects(waiting, (error) => sqlFault(error)?.code === 'conflict')
  await other.end()
})

test('a backend that ends costs the writes it was busy with, not the process', async () => {
  const end = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`
  const killer = new pg.Client(it.url)
  await killer.connect()
  const sleeping = db.sql`with w as (select pg_sleep(1.5)) select w from w`.run()
  const inside = db.transaction(async () => void (await db.sql`select pg_sleep(1.5)`))
  const verdicts = Promise.allSettled([sleeping, inside])
  const active = `select 1 from pg_stat_activity where query like '%pg_sleep(1.5)%' and pid <> pg_backend_pid() and state = 'active'`
  await until(async () => (await killer.query(active)).rowCount === 2)
  await killer.query(end)
  for (const verdict of await verdicts) {
    assert.equal(verdict.status, 'rejected')
    assert.equal(verdict.status === 'rejected' && verdict.reason.code, 'unavailable')
  }
  await Promise.all(Array.from({ length: 10 }, () => db.sql`select 1`))
  await killer.query(end)
  assert.equal(await db.sql`select 1`.text(), '1', 'a read on a dead connection is sent again')
  await Promise.all(Array.from({ length: 10 }, () => db.sql`select 1`))
  await killer.query(end)
  const begun = await db.transaction(() => db.sql`select 1`.text())
  assert.equal(begun, '1', 'a transaction begins on another connection')
  await killer.end()
})

test('a backend that ends while a transaction thinks fails that transaction only', async () => {
  const ended = db.transaction(async () => {
    const pid = await db.sql`select pg_backend_pid()`.text()
    await db.outside('select pg_terminate_backend($1)', [Number(pid)])
    await until(
      async () =>
        (await db.outside('select 1 from pg_stat_activity where pid = $1', [pid])).length === 0,
    )
    await db.sql`select 1`
  })
  await assert.rejects(ended, { code: 'unavailable' })
  assert.equal(await db.sql`select 1`.text(), '1')
})

test('no server, or a full pool: unavailable within the connect limit', async () => {
  const nowhere = await useDatabase('nowhere', 'postgres://x:y@127.0.0.1:1/z')
  await assert.rejects(
    nowhere.sql`select 1`.run(),
    (error) => error instanceof Fault && error.status === 503,
  )
  const started = Date.now()
  const results = await Promise.allSettled(
    Array.from({ length: 600 }, () => db.sql`select pg_sleep(1.2)`.run()),
  )
  const failures = results.filter((result) => result.status === 'rejected')
  assert.equal(failures.length, 590)
  for (const failure of failures) assert.equal(failure.reason.code, 'unavailable')
  assert.ok(Date.now() - started < 2200, `${Date.now() - started} ms`)
})
