import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { log } from '../runtime/log.ts'
import { settings } from '../runtime/settings.ts'

export type MigrateOptions = {
  service: string
  /** Folders with `NNNN-name.sql`, in order. Default: where they lie beside the sources. */
  folders?: string[]
  /** Default: the service's database by the settings. */
  url?: string
}

type Step = { name: string; sql: string; checksum: string }

/** Locks of the migrations' own; any number does that nobody else in the database takes. */
const lockKey = 'souk_migration'

const patience = { ddlLock: '2s', tries: 30 }

/** The house's schema and the service's, as they lie beside the sources. */
export function schemaFolders(service: string): string[] {
  return ['./schema/', `../../functions/${service}/schema/`].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
}

/**
 * Brings a database up to date and returns the names of what was applied. Any number may run at
 * once: they wait for each other. Each step is a transaction of its own, with the record of it.
 * @throws Error when an applied file was changed, a new one comes too early, or commits are not durable
 */
export async function migrate({ service, folders, url }: MigrateOptions): Promise<string[]> {
  const lists = (folders ?? schemaFolders(service)).map(stepsIn)
  const client = new pg.Client({
    connectionString: url ?? settings().databaseUrl(service),
    application_name: `souk-${service}-migrate`,
    connectionTimeoutMillis: 5000,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    await refuseLossyCommits(client)
    const applied: string[] = []
    for (let tries = 0; ; ) {
      try {
        const name = await applyNext(client, lists)
        if (name === undefined) return applied
        applied.push(name)
        log.info('migrated', { service, name })
      } catch (error) {
        await client.query('rollback')
        const isBusy =
          error instanceof pg.DatabaseError && /^(55P03|40P01|40001)$/.test(error.code ?? '')
        if (!isBusy || ++tries >= patience.tries) throw error
        await pause(100 + Math.random() * 400)
      }
    }
  } finally {
    await client.end()
  }
}

/** Applies the first step that is missing, if any, and returns its name. */
async function applyNext(client: pg.Client, lists: Step[][]) {
  await client.query('begin')
  // Waiting for the others is no fault, so no limit counts before the lock is held.
  await client.query('set local statement_timeout = 0; set local lock_timeout = 0')
  await client.query('select pg_advisory_xact_lock(hashtext($1))', [lockKey])
  const { rows: found } = await client.query(
    `select to_regclass('souk_migration') is not null as there`,
  )
  const { rows } = found[0]?.there
    ? await client.query('select name, checksum from souk_migration')
    : { rows: [] }
  const step = nextStep(lists, new Map(rows.map((row) => [row.name, row.checksum])))
  if (step) {
    await client.query(`set local lock_timeout = '${patience.ddlLock}'`)
    await client.query(step.sql)
    const record = 'insert into souk_migration (name, checksum) values ($1, $2)'
    await client.query(record, [step.name, step.checksum])
  }
  const { command } = await client.query('commit')
  if (command !== 'COMMIT')
    throw new Error(`${step?.name} did not commit; does it end its transaction?`)
  return step?.name
}

function nextStep(lists: Step[][], applied: Map<string, string>): Step | undefined {
  const pending: Step[] = []
  for (const steps of lists) {
    let missing: Step | undefined
    for (const step of steps) {
      const checksum = applied.get(step.name)
      if (checksum === undefined) {
        missing ??= step
        continue
      }
      if (checksum !== step.checksum) {
        throw new Error(
          `${step.name} was changed after it had been applied; write a new file instead`,
        )
      }
      if (missing) {
        throw new Error(
          `${missing.name} comes before ${step.name}, which is applied; number it anew`,
        )
      }
    }
    if (missing) pending.push(missing)
  }
  // Names in the table that no file has are a newer version's, which runs beside this one.
  return pending[0]
}

function stepsIn(folder: string): Step[] {
  if (!existsSync(folder)) throw new Error(`there is no folder of migrations at ${folder}`)
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  const steps = names.sort().map((name) => {
    if (!/^\d{4}-[a-z0-9-]+\.sql$/.test(name))
      throw new Error(`${name} is not named NNNN-words.sql`)
    // Windows checkouts may have other line ends.
    const sql = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n')
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
  })
  const numbers = new Set(steps.map((step) => step.name.slice(0, 4)))
  if (numbers.size < steps.length)
    throw new Error(`two files in ${basename(folder)} share a number`)
  return steps
}

async function refuseLossyCommits(client: pg.Client) {
  const { rows } = await client.query('show synchronous_commit')
  if (rows[0]?.synchronous_commit === 'off') {
    throw new Error(
      'the database runs with synchronous_commit = off: answered writes could be lost',
    )
  }
}
