import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { type Home, prepareHome } from './embedded-binaries.ts'
import { initialise, passwordOf } from './embedded-initdb.ts'
import { connect, end, hold, type Server, stopOrphan } from './embedded-owner.ts'
import { freePort } from './free-port.ts'

export type EmbeddedPostgres = {
  port: number
  /** Connection URL of a database on this server. */
  url(database: string): string
  /** Makes a database unless it is there. */
  createDatabase(name: string): Promise<void>
  /** Ends all connections and the server; resolves when it is gone. */
  stop(): Promise<void>
}

export type EmbeddedOptions = {
  /** Where data, password and log are kept; made when missing. */
  directory: string
  /** For tests: fast instead of safe against a crash of the machine, and deleted in the end. */
  temporary?: boolean
  /** Further settings of the server, by name. */
  settings?: Record<string, string>
  log?: (message: string) => void
}

const always = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  synchronous_commit: 'on',
  deadlock_timeout: '200ms',
  // The packaged binaries come without LLVM.
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

const fast = { fsync: 'off', full_page_writes: 'off' }

/**
 * Starts a real PostgreSQL on a free port of this machine. One process owns a directory: a second
 * one gets an error that names the first; what a killed owner left behind is ended first.
 */
export async function startPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { directory, temporary = false, settings = {}, log = () => {} } = options
  const home = prepareHome(directory)
  if (!existsSync(join(home.data, 'PG_VERSION'))) {
    log('making a database cluster')
    initialise(home)
  }
  refuseOtherVersion(home)
  const password = passwordOf(home)
  await stopOrphan(home.data, password, log)
  const server = await launch(home, password, { ...always, ...(temporary && fast), ...settings })
  const owning = await hold(server, temporary ? [directory, dirname(home.data)] : [])
  const onExit = () => server.process.kill('SIGINT')
  process.once('exit', onExit)

  const url = (database: string) =>
    `postgres://souk:${password}@127.0.0.1:${server.port}/${encodeURIComponent(database)}`

  return {
    port: server.port,
    url,
    createDatabase: (name) => createDatabase(server, name),
    stop: async () => {
      process.removeListener('exit', onExit)
      await owning.release()
      await end(server.process)
      if (temporary) {
        for (const path of [dirname(home.data), directory])
          rmSync(path, { recursive: true, force: true })
      }
    },
  }
}

function refuseOtherVersion(home: Home) {
  const major = Number(readFileSync(join(home.data, 'PG_VERSION'), 'utf8'))
  if (major === home.major) return
  throw new Error(
    `${home.data} was made by PostgreSQL ${major} and this is ${home.major}: dump it there and restore it here, or delete it`,
  )
}

/** A few tries: the free port may be taken meanwhile, memory of a killed server may linger. */
async function launch(
  home: Home,
  password: string,
  settings: Record<string, string>,
): Promise<Server> {
  const logFile = join(home.data, '..', 'postgres.log')
  if (sizeOf(logFile) > 10_000_000) rmSync(logFile)
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const from = sizeOf(logFile)
    const sink = openSync(logFile, 'a', 0o600)
    const child = spawn(home.postgres, ['-D', home.data, '-p', String(port), ...flags], {
      ...home.owner,
      cwd: home.data,
      stdio: ['ignore', sink, sink],
      // In a group of its own, else Ctrl-C would reach it before the services have drained.
      detached: true,
    })
    child.unref()
    closeSync(sink)
    if (await answers(child, port, password)) return { port, password, process: child }
    const said = readFileSync(logFile, 'utf8').slice(from).trim()
    if (attempt >= 20 || !/shared memory|Address already in use|could not bind/.test(said)) {
      const end = said.split('\n').slice(-3).join(' ')
      throw new Error(`PostgreSQL did not start on ${home.data}: ${end}`)
    }
    await pause(250)
  }
}

async function answers(server: ChildProcess, port: number, password: string) {
  const deadline = Date.now() + 60_000
  while (server.exitCode === null && server.signalCode === null && Date.now() < deadline) {
    try {
      const client = await connect(port, password)
      await client.end()
      return true
    } catch {
      await pause(20)
    }
  }
  await end(server)
  return false
}

async function createDatabase({ port, password }: Server, name: string) {
  const client = await connect(port, password)
  try {
    await client.query(`create database ${pg.escapeIdentifier(name)}`)
  } catch (error) {
    // 23505: somebody else is making it this very moment.
    const there = error instanceof pg.DatabaseError && ['42P04', '23505'].includes(error.code ?? '')
    if (!there) throw error
  } finally {
    await client.end()
  }
}

function sizeOf(path: string) {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
