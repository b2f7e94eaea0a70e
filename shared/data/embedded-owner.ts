import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { watchOver } from './watchdog.ts'

export type Server = { port: number; password: string; process: ChildProcess }

/** Key of the session lock that the owner of a running server holds, on a connection of its own. */
const ownerLock = 7_685_691

const ownerOf = `
  select a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
  where l.locktype = 'advisory' and l.objid = $1 and l.granted`

/** A connection to the server itself, as its superuser. */
export async function connect(port: number, password: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'souk',
    password,
    database: 'postgres',
    connectionTimeoutMillis: 5000,
    application_name: `process ${process.pid}`,
  })
  client.on('error', () => {})
  await client.connect()
  return client
}

/**
 * Marks this process as the server's owner for as long as it lives, and ends the server when it
 * dies, however it dies; then `litter` is deleted.
 */
export async function hold({ port, password, process: server }: Server, litter: string[]) {
  const client = await connect(port, password)
  await client.query('select pg_advisory_lock($1)', [ownerLock])
  // Alone it must not keep a finished process alive. The types lack these two methods.
  const socket = client as unknown as { ref(): void; unref(): void }
  socket.unref()
  const watchdog = watchOver(server.pid, 'INT', litter)
  return {
    release: async () => {
      watchdog?.kill('SIGKILL')
      socket.ref()
      await client.end()
    },
  }
}

/** Ends a server: at once for its clients, by force when it does not end within ten seconds. */
export async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.ref()
  const gone = once(server, 'exit')
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    server.kill(signal)
    const waiting = new AbortController()
    const ended = await Promise.race([
      gone.then(() => true),
      pause(10_000, false, { signal: waiting.signal }).catch(() => true),
    ])
    waiting.abort()
    if (ended) return
  }
}

/**
 * Ends the server that a killed owner left on these data, and forgets a process id that is stale.
 * @throws Error when its owner is alive
 */
export async function stopOrphan(
  data: string,
  password: string,
  log: (message: string) => void,
): Promise<void> {
  const file = join(data, 'postmaster.pid')
  const pid = Number(read(file).split('\n')[0])
  if (!pid) return
  if (!isPostgres(pid, data)) {
    // After a restart of the machine or container the number may belong to anything.
    rmSync(file, { force: true })
    return
  }
  const patience = Date.now() + 2000
  while (isPostgres(pid, data)) {
    const owner = await ownerName(file, password)
    if (owner) throw new Error(`Souk runs in this folder already (${owner}); stop that first`)
    // Somebody who has just started it may not have marked it yet.
    if (Date.now() > patience) break
    await pause(100)
  }
  log('ending a PostgreSQL that was left behind')
  const deadline = Date.now() + 15_000
  kill(pid, 'SIGINT')
  while (isPostgres(pid, data)) {
    if (Date.now() > deadline) throw new Error(`PostgreSQL (process ${pid}) does not end`)
    if (Date.now() > deadline - 5000) kill(pid, 'SIGQUIT')
    await pause(50)
  }
}

async function ownerName(pidFile: string, password: string): Promise<string | undefined> {
  const port = Number(read(pidFile).split('\n')[3])
  try {
    const client = await connect(port, password)
    const { rows } = await client.query<{ name: string }>(ownerOf, [ownerLock])
    await client.end()
    return rows[0]?.name
  } catch {
    // Starting up, or on its way out.
    return undefined
  }
}

function isPostgres(pid: number, data: string) {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  const command = read(`/proc/${pid}/cmdline`)
  return command.includes('postgres') && command.includes(data)
}

function kill(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone already.
  }
}

function read(file: string) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
