import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { Fault } from '../http/errors.ts'
import { withInvocation } from '../runtime/log.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { until } from '../testing/until.ts'
import {
  type Database,
  database,
  isRetryable,
  queryCount,
  sqlFault,
  useDatabase,
} from './postgres.ts'

const folders = [fileURLToPath(new URL('./schema/', import.meta.url))]

let it: TestDatabase
let db: Database

before(async () => {
  it = await testDatabase('data', folders)
  db = it.db
  await db.sql`create table thing (id int primary key, name text unique, n int not null check (n < 1000))`
})

after(() => it.drop())

const count = async () => (await db.sql<{ n: number }>`select count(*) as n from thing`)[0]?.n

test('values are parameters, whatever they hold', async () => {
  const nasty = `'; drop table thing; -- \\ " $1`
  const rows = await db.sql<{
    a: string
    b: number[]
  }>`select ${nasty}::text as a, ${[1, 2]}::int[] as b`
  assert.deepEqual(rows, [{ a: nasty, b: [1, 2] }])
})

test('parts are spliced in and their values numbered through', async () => {
  const { sql } = db
  const filters = [sql`n > ${1}`, sql`n < ${5} and ${'x'} = ${'x'}`]
  const row = await sql<{ sum: number }>`
    select sum(n)::int as sum from generate_series(1, ${10}) as n
    where ${sql.join(filters, sql` and `)} and n <> ${3}
    order by ${sql.identifier('sum')}`.one()
  assert.deepEqual(row, { sum: 2 + 4 })
  assert.equal(await sql`select ${sql.json([{ a: 1 }])}::jsonb`.text(), '[{"a": 1}]')
  assert.throws(() => sql.identifier('n; drop table thing'), TypeError)
  await assert.rejects(async () => await sql`select ${undefined}`, /undefined/)
})

test('a statement is sent when awaited, and once', async () => {
  const put = db.sql`insert into thing values (900, 'once', 1)`
  assert.equal(await count(), 0)
  await Promise.all([put, put])
  await put
  assert.equal(await count(), 1)
  assert.equal(await db.sql`delete from thing`.run(), 1)
})

test('columns arrive as what JSON can say; text as PostgreSQL wrote it', async () => {
  const row = await db.sql`
    select 12.50::numeric(10,2) as price, 9007199254740991::int8 as big, null::text as nothing,
      timestamptz '2024-01-02 03:04:05.678+02' as at, date '2024-01-02' as day,
      array[1, 2]::int8[] as list, '{"a": 1}'::jsonb as doc`.one()
  assert.deepEqual(row, {
    price: '12.50',
    big: 9007199254740991,
    nothing: null,
    at: '2024-01-02T01:04:05.678Z',
    day: '2024-01-02',
    list: [1, 2],
    doc: { a: 1 },
  })
  assert.equal(await db.sql`select '{"a":  1, "n": 12.50}'::json`.text(), '{"a":  1, "n": 12.50}')
  assert.equal(await db.sql`select 1 where false`.text(), undefined)
  await assert.rejects(async () => await db.sql`select 9007199254740993::int8`, RangeError)
})

test('a transaction is seen by all statements inside, and by none outside, until it commits', async () => {
  const order: string[] = []
  await db.transaction(async () => {
    db.afterCommit(() => order.push('hook'))
    await db.sql`insert into thing values (1, 'a', 1)`
    await db.transaction(async () => {
      await db.sql`insert into thing values (2, 'b', 1)`
    })
    assert.equal(await count(), 2)
    assert.deepEqual(await db.outside('select count(*) from thing', []), [['0']])
    order.push('work')
  })
  order.push('committed')
  assert.equal(await count(), 2)
  assert.deepEqual(order, ['work', 'hook', 'committed'])

  await assert.rejects(
    db.transaction(async () => {
      db.afterCommit(() => order.push('never'))
      await db.sql`delete from thing`
      throw new Error('no')
    }),
    /^Error: no$/,
  )
  assert.equal(await count(), 2)
  assert.ok(!order.includes('never'))
})

test('a caught failure does not turn into a silent rollback', async () => {
  await assert.rejects(
    db.transaction(async () => {
      await db.sql`insert into thing values (3, 'c', 1)`
      await db.sql`insert into thing values (1, 'a', 1)`.run().catch(() => {})
    }),
    /rolled back/,
  )
  assert.equal(await count(), 2)
})

test('a savepoint takes back its own part only', async () => {
  await db.transaction(async () => {
    await db.sql`insert into thing values (4, 'd', 1)`
    const insert = async () => void (await db.sql`insert into thing values (1, 'a', 1)`)
    await assert.rejects(db.savepoint(insert), { code: '23505' })
    const refused = await db.savepoint(
      () => db.sql`insert into thing values (5, 'e', 1)`.run(),
      () => false,
    )
    assert.equal(refused, 1)
  })
  assert.equal(await count(), 3)
})

test('statements of one transaction that were not awaited one by one do not collide', async () => {
  await db.transaction(async () => {
    await Promise.all(
      [10, 11, 12].map((id) => db.sql`insert into thing values (${id}, ${`t${id}`}, 1)`),
    )
  })
  assert.equal(await count(), 6)
  let late: (() => Promise<unknown>) | undefined
  await db.transaction(async () => {
    const statement = db.sql`select 1`
    late = async () => await statement
    const { AsyncResource } = await import('node:async_hooks')
    late = AsyncResource.bind(late)
  })
  await assert.rejects(async () => await late?.(), /has ended/)
})

test('deadlocks and serialization failures are tried again until both have counted', async () => {
  await db.sql`insert into thing values (20, 'x', 0), (21, 'y', 0)`
  const both = (first: number, second: number) =>
    db.transaction(async () => {
      await db.sql`update thing set n = n + 1 where id = ${first}`
      await db.sql`select pg_sleep(0.05)`
      await db.sql`update thing set n = n + 1 where id = ${second}`
    })
  await Promise.all([both(20, 21), both(21, 20)])
  const raise = () =>
    db.transaction(
      async () => {
        const row = await db.sql<{ n: number }>`select n from thing where id = 20`.one()
        await db.sql`update thing set n = ${(row?.n ?? 0) + 1} where id = 20`
      },
      { isolation: 'serializable', retries: 20 },
    )
  await Promise.all([raise(), raise(), raise()])
  const rows = await db.sql`select n from thing where id in (20, 21) order by id`
  assert.deepEqual(rows, [{ n: 5 }, { n: 2 }])
})

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

test('one pool per service and process, and statements are counted per invocation', async () => {
  assert.equal(database('data'), db)
  const again = await import(`./postgres.ts?copy=${1}`)
  assert.equal(again.database('data'), db)
  const call = (n: number) =>
    withInvocation({ requestId: 'r', functionName: 'f', service: 'data' }, async () => {
      for (let i = 0; i < n; i++) await db.sql`select 1`
      return queryCount()
    })
  assert.deepEqual(await Promise.all([call(1), call(3), call(0)]), [1, 3, 0])
})
