import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres } from '../data/embedded.ts'
import { give, prepareHome } from '../data/embedded-binaries.ts'

export type TestReplica = {
  /** Its superuser's URL of a database. */
  url(database: string): string
  /** What it has done for the databases that are still there. */
  reads(): Promise<string>
  stop(): Promise<void>
}

/** What is not to be copied, or is the other server's own. */
const NOT_COPIED = [
  'postmaster.pid',
  'postmaster.opts',
  'pg_wal/*',
  'pg_replslot/*',
  'pg_stat_tmp/*',
]

/**
 * A read replica of the server at `admin`, which must run on this machine: a copy made while that
 * runs on, which follows it from then on, each commit `lagSeconds` late.
 */
export async function startReplica(admin: string, lagSeconds: number): Promise<TestReplica> {
  const directory = mkdtempSync(join(tmpdir(), 'souk-replica-'))
  const home = prepareHome(directory)
  const primary = new pg.Client(admin)
  await primary.connect()
  const { rows } = await primary.query('show data_directory')
  // What the replica has not yet fetched must stay.
  const slot = `souk_${randomBytes(6).toString('hex')}`
  await primary.query('select pg_create_physical_replication_slot($1, true)', [slot])
  const flags = NOT_COPIED.flatMap((it) => ['--exclude', `./${it}`])
  await primary.query(`select pg_backup_start('souk', true)`)
  const copy = `mkdir -p "$1" && tar -C "$0" ${flags.map(quoted).join(' ')} -cf - . | tar -C "$1" -xpf -`
  // A file that changes or goes meanwhile is mended by the log; tar tells it by its status.
  execFileSync('/bin/sh', ['-c', copy, rows[0].data_directory, home.data], { stdio: 'pipe' })
  const { rows: ends } = await primary.query('select labelfile from pg_backup_stop(false)')
  await primary.end()
  writeFileSync(join(home.data, 'backup_label'), ends[0].labelfile)
  writeFileSync(join(home.data, 'standby.signal'), '')
  for (const name of ['backup_label', 'standby.signal']) give(join(home.data, name), home.owner)
  const { hostname, port, username, password } = new URL(admin)
  const server = await startPostgres({
    directory,
    temporary: true,
    settings: {
      primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password}`,
      primary_slot_name: slot,
      recovery_min_apply_delay: `${lagSeconds * 1000}ms`,
      // Queries that stand in the way of a change are ended soon, as busy replicas do.
      max_standby_streaming_delay: '5s',
      hot_standby_feedback: 'on',
    },
  })
  return {
    url: server.url,
    async reads() {
      const client = new pg.Client(server.url('postgres'))
      await client.connect()
      const told = await client.query(
        `select sum(xact_commit)::int as reads, sum(confl_snapshot + confl_lock)::int as cut
        from pg_stat_database join pg_stat_database_conflicts using (datid)`,
      )
      await client.end()
      return `${told.rows[0].reads} reading transactions, ${told.rows[0].cut} in the way of changes`
    },
    async stop() {
      await server.stop()
      rmSync(directory, { recursive: true, force: true })
      const client = new pg.Client(admin)
      await client.connect()
      await client.query('select pg_drop_replication_slot($1)', [slot])
      await client.end()
    },
  }
}

function quoted(text: string) {
  return `'${text}'`
}
