import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { closeCache } from '../data/cache.ts'
import { startPostgres } from '../data/embedded.ts'
import { migrate, schemaFolders } from '../data/migrate.ts'
import { type Database, useDatabase, useReplica } from '../data/postgres.ts'
import { until } from './until.ts'

export type TestDatabase = {
  url: string
  /** What `database(service)` gives in this process from now on. */
  db: Database
  drop(): Promise<void>
}

let server: Promise<string> | undefined

/**
 * A fresh, migrated database, copied from a template that is migrated once per server. `folders`
 * are for tests of the house itself, which is no service.
 */
export async function testDatabase(
  service: string,
  folders: string[] = schemaFolders(service),
): Promise<TestDatabase> {
  // Settings are needed to open a pool; a secret of its own keeps one test file from another.
  process.env.SECRET_KEY ??= randomBytes(32).toString('base64url')
  const admin = await testServer()
  const template = await templateFor(admin, service, folders)
  const name = `souk_${service}_${randomBytes(6).toString('hex')}`
  await onServer(admin, (client) =>
    client.query(`create database ${name} template ${template} strategy wal_log`),
  )
  const { SOUK_TEST_POOLER: pooler, SOUK_TEST_REPLICA: replica } = process.env
  if (pooler) await onServer(admin, (client) => client.query(poolerLimits(name)))
  const url = urlOf(pooler ?? admin, name)
  const db = await useDatabase(service, url)
  if (replica) await useReplica(service, await arrived(urlOf(replica, name)))
  const drop = async () => {
    // Where the settings name a Redis, its connections would keep this process.
    await closeCache()
    await db.close()
    await onServer(admin, (client) => client.query(`drop database ${name} with (force)`))
  }
  return { url, db, drop }
}

/** Admin URL of the server that tests use: the one given by the environment, else one of our own. */
export function testServer(): Promise<string> {
  server ??= process.env.SOUK_TEST_POSTGRES
    ? Promise.resolve(process.env.SOUK_TEST_POSTGRES)
    : startTemporary()
  return server
}

/** An empty database on the tests' server. */
export async function emptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const admin = await testServer()
  const name = `souk_empty_${randomBytes(6).toString('hex')}`
  await onServer(admin, (client) => client.query(`create database ${name}`))
  return {
    url: urlOf(admin, name),
    drop: () =>
      onServer(admin, (client) => client.query(`drop database ${name} with (force)`)).then(
        () => {},
      ),
  }
}

async function startTemporary() {
  const directory = mkdtempSync(join(tmpdir(), 'souk-postgres-'))
  const started = await startPostgres({ directory, temporary: true })
  return started.url('postgres')
}

async function templateFor(admin: string, service: string, folders: string[]) {
  const hash = createHash('sha256').update(service)
  for (const folder of folders) {
    for (const name of readdirSync(folder).sort()) {
      hash.update(name).update(readFileSync(join(folder, name)))
    }
  }
  const template = `souk_template_${hash.digest('hex').slice(0, 16)}`
  await onServer(admin, async (client) => {
    // Test files run in parallel processes; one makes the template, the others wait for it.
    await client.query('select pg_advisory_lock(hashtext($1))', [template])
    const found = await client.query('select 1 from pg_database where datname = $1', [template])
    if (found.rowCount) return
    const draft = `${template}_draft`
    await client.query(`drop database if exists ${draft} with (force)`)
    await client.query(`create database ${draft}`)
    await migrate({ service, folders, url: urlOf(admin, draft) })
    await client.query(`alter database ${draft} rename to ${template}`)
  })
  return template
}

async function onServer<T>(admin: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(admin)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** A pooler passes no settings of a connection on; the database has them then, as docs/scaling.md says. */
function poolerLimits(name: string) {
  const set = (what: string) => `alter database ${name} set ${what}`
  const limits = ['statement_timeout = 2000', 'lock_timeout = 1500']
  return [...limits, 'idle_in_transaction_session_timeout = 5000'].map(set).join(';')
}

/** The URL of a database on the replica, once it is there. */
async function arrived(url: string): Promise<string> {
  await until(async () => {
    const client = new pg.Client(url)
    client.on('error', () => {})
    try {
      await client.connect()
      return true
    } catch {
      return false
    } finally {
      await client.end().catch(() => {})
    }
  }, 30)
  return url
}

function urlOf(admin: string, database: string) {
  const url = new URL(admin)
  url.pathname = database
  return url.href
}
