import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { otherUser } from '../data/embedded-binaries.ts'
import { freePort } from '../data/free-port.ts'
import { which } from './tools.ts'

export type Pooler = {
  url: string
  /** Transactions that it has passed on. */
  transactions(): Promise<number>
  stop(): Promise<void>
}

/** Server connections that all clients of one database share. */
const SHARED = 10

/**
 * A PgBouncer in transaction mode before the server at `admin`. Each transaction gets the connection
 * that rested longest, so that whoever leaves something on a connection meets another one next.
 */
export async function startPooler(admin: string): Promise<Pooler> {
  const binary = which('pgbouncer')
  if (!binary) throw new Error('pgbouncer is missing: apt-get install pgbouncer')
  const port = await freePort()
  const server = new URL(admin)
  const folder = mkdtempSync(join(tmpdir(), 'souk-pooler-'))
  const owner = process.getuid?.() === 0 ? otherUser() : undefined
  const file = join(folder, 'pgbouncer.ini')
  const target = `host=${server.hostname} port=${server.port} user=${server.username}`
  const lines = [
    '[databases]',
    `* = ${target} password=${decodeURIComponent(server.password)}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    `default_pool_size = ${SHARED}`,
    'max_client_conn = 2000',
    'server_round_robin = 1',
    // Processes that tests start send their limits; the database has the same.
    'ignore_startup_parameters = statement_timeout,lock_timeout,idle_in_transaction_session_timeout',
    // Each test has a database of its own, and the server no room for all of them at once.
    'server_idle_timeout = 5',
    'log_connections = 0',
    'log_disconnections = 0',
    'log_pooler_errors = 0',
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  chmodSync(folder, 0o755)
  chmodSync(file, 0o644)
  const pooler = spawn(binary, ['-q', file], { ...owner, cwd: '/', stdio: 'ignore' })
  const own = new URL(admin)
  own.port = String(port)
  await answering(own.href, pooler)
  return {
    url: own.href,
    async transactions() {
      const own = new URL(admin)
      Object.assign(own, { port: String(port), pathname: 'pgbouncer' })
      const client = new pg.Client(own.href)
      await client.connect()
      const { rows } = await client.query('show stats_totals')
      await client.end()
      return rows.reduce((sum, row) => sum + Number(row.xact_count), 0)
    },
    stop: async () => {
      const gone = once(pooler, 'exit')
      if (pooler.kill('SIGQUIT')) await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answering(url: string, pooler: ChildProcess) {
  const deadline = Date.now() + 10_000
  while (pooler.exitCode === null && Date.now() < deadline) {
    const client = new pg.Client(url)
    try {
      await client.connect()
      await client.query('select 1')
      await client.end()
      return
    } catch {
      await pause(20)
    }
  }
  throw new Error('PgBouncer does not answer')
}
