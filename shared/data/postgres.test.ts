import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { withInvocation } from '../runtime/log.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { type Database, database, queryCount } from './postgres.ts'

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
  assert.throws(() => sql.whole(Number('1; drop table thing')), TypeError)
  assert.equal(await sql`select ${sql.whole(-7)} + 1`.text(), '-6')
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
