import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { emptyDatabase } from '../testing/database.ts'
import { amount, measured } from '../testing/proof.ts'
import { until } from '../testing/until.ts'
import { migrate } from './migrate.ts'

const house = fileURLToPath(new URL('./schema/', import.meta.url))
const ofHouse = ['0001-house.sql', '0002-purge.sql']

async function setUp(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'souk-migrate-'))
  mkdirSync(join(folder, 'schema'))
  const { url, drop } = await emptyDatabase()
  const client = new pg.Client(url)
  await client.connect()
  t.after(async () => {
    await client.end()
    await drop()
    rmSync(folder, { recursive: true })
  })
  const put = (name: string, sql: string) => writeFileSync(join(folder, 'schema', name), sql)
  const run = () => migrate({ service: 'test', url, folders: [house, join(folder, 'schema')] })
  return { client, put, run, url }
}

test('what is missing is applied in order, once, the house first', async (t) => {
  const { client, put, run } = await setUp(t)
  put('0002-more.sql', 'alter table a add column m int default 7; insert into a default values;')
  put('0001-a.sql', 'create table a (n int)')
  assert.deepEqual(await run(), [...ofHouse, '0001-a.sql', '0002-more.sql'])
  assert.deepEqual(await run(), [])
  put('0003-last.sql', 'drop table a')
  assert.deepEqual(await run(), ['0003-last.sql'])
  const { rows } = await client.query(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  )
  const names = ['idempotency', 'inbox', 'migration', 'outbox', 'purge', 'purging', 'tag']
  assert.deepEqual(
    rows.map((row) => row.name),
    names.map((it) => `souk_${it}`),
  )
})

test('ten at once on an empty database: each step once, nobody fails', async (t) => {
  const times = amount(20, 2)
  for (let time = 0; time < times; time++) {
    const { client, put, run } = await setUp(t)
    put('0001-a.sql', 'create table a (n int); select pg_sleep(0.2); insert into a values (1)')
    put('0002-b.sql', 'insert into a values (2)')
    const applied = await Promise.all(Array.from({ length: 10 }, run))
    assert.deepEqual(applied.flat().sort(), ['0001-a.sql', '0002-b.sql', ...ofHouse].sort())
    assert.deepEqual((await client.query('select n from a order by n')).rows, [{ n: 1 }, { n: 2 }])
  }
  measured(t, `${times} × 10 migrated an empty database at once: each step once, nobody failed`)
})

test('a step that fails leaves nothing of itself, and those before it stay', async (t) => {
  const { client, put, run } = await setUp(t)
  put('0001-a.sql', 'create table a (n int)')
  put('0002-b.sql', 'create table b (n int); select 1/0')
  await assert.rejects(run(), { code: '22012' })
  const there = `select to_regclass('a') is not null as a, to_regclass('b') is not null as b`
  assert.deepEqual((await client.query(there)).rows, [{ a: true, b: false }])
  put('0002-b.sql', 'create table b (n int)')
  assert.deepEqual(await run(), ['0002-b.sql'])
})

test('changed, misplaced and misnamed files are refused, naming the file', async (t) => {
  const { put, run } = await setUp(t)
  put('0001-a.sql', 'create table a (n int)')
  put('0003-c.sql', 'create table c (n int)')
  await run()
  put('0001-a.sql', 'create table a (n int)\r\n'.replace('\r\n', ''))
  assert.deepEqual(await run(), [])
  put('0001-a.sql', 'create table a (n bigint)')
  await assert.rejects(run(), /0001-a\.sql was changed/)
  put('0001-a.sql', 'create table a (n int)')
  put('0002-b.sql', 'select 1')
  await assert.rejects(run(), /0002-b\.sql comes before 0003-c\.sql/)
  put('0003-b.sql', 'select 1')
  await assert.rejects(run(), /share a number/)
  put('next.sql', 'select 1')
  await assert.rejects(run(), /next\.sql is not named/)
})

test('a table in use is waited for, and an older version starts beside a newer one', async (t) => {
  const { client, put, run, url } = await setUp(t)
  put('0001-a.sql', 'create table a (n int)')
  await run()
  put('0002-b.sql', 'alter table a add column m int')
  await client.query('begin; select n from a')
  const running = run()
  const waiting = async () => {
    const other = new pg.Client(url)
    await other.connect()
    const { rowCount } = await other.query(
      `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    )
    await other.end()
    return rowCount
  }
  await until(waiting)
  await client.query('commit')
  assert.deepEqual(await running, ['0002-b.sql'])
  await client.query(`insert into souk_migration values ('0003-of-the-next-version.sql', 'x')`)
  assert.deepEqual(await run(), [])
})

test('a database that may lose answered writes is refused', async (t) => {
  const { client, run } = await setUp(t)
  const { rows } = await client.query('select current_database() as name')
  await client.query(`alter database ${rows[0]?.name} set synchronous_commit = off`)
  await assert.rejects(run(), /synchronous_commit/)
})
