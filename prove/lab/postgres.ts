import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { prepareHome } from '../../shared/data/embedded-binaries.ts'
import { initialise, passwordOf } from '../../shared/data/embedded-initdb.ts'
import { freePort } from '../../shared/data/free-port.ts'
import { watchOver } from '../../shared/data/watchdog.ts'

/** A PostgreSQL of a test's own, that is safe against its own death as a real one is. */
export type BreakablePostgres = {
  /** Connection URL of a database; with another port where something stands before it. */
  url(database: string, port?: number): string
  port: number
  /** `kill -9` of the postmaster, and a start at the same port; milliseconds until it accepts. */
  crash(): Promise<number>
  /** Stops every process of it, and lets them go on. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

export async function breakablePostgres(): Promise<BreakablePostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'souk-breakable-'))
  const home = prepareHome(directory)
  initialise(home)
  const password = passwordOf(home)
  const port = await freePort()
  // The machine stays up, so what the kernel has is safe; the log's order of writes is as ever.
  const flags = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'max_connections=200',
  ]
  const args = ['-D', home.data, '-p', String(port), ...flags.flatMap((it) => ['-c', it])]
  const url = (database: string, at = port) =>
    `postgres://souk:${password}@127.0.0.1:${at}/${database}`
  let child: ChildProcess
  let watchdog: ChildProcess | undefined

  async function start(): Promise<number> {
    const began = performance.now()
    while (performance.now() - began < 60_000) {
      child = spawn(home.postgres, args, {
        ...home.owner,
        cwd: home.data,
        stdio: 'ignore',
        detached: true,
      })
      while (child.exitCode === null && child.signalCode === null) {
        if (await accepts()) {
          watchdog = watchOver(child.pid, 'INT', [directory])
          return performance.now() - began
        }
        await pause(10)
      }
      // The dead one's children may still hold its memory.
      await pause(20)
    }
    throw new Error('PostgreSQL does not come back')
  }

  async function accepts(): Promise<boolean> {
    const client = new pg.Client({
      connectionString: url('postgres'),
      connectionTimeoutMillis: 1000,
    })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.end()
      return true
    } catch {
      return false
    }
  }

  async function end(signal: NodeJS.Signals) {
    watchdog?.kill('SIGKILL')
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }

  const signalAll = (signal: NodeJS.Signals) => {
    for (const pid of [child.pid ?? 0, ...childrenOf(child.pid ?? 0)]) {
      try {
        process.kill(pid, signal)
      } catch {
        // It ended meanwhile.
      }
    }
  }

  await start()
  return {
    url,
    port,
    async crash() {
      await end('SIGKILL')
      return start()
    },
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    async stop() {
      signalAll('SIGCONT')
      await end('SIGQUIT')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Makes a database on it. */
export async function makeDatabase(postgres: BreakablePostgres, name: string): Promise<void> {
  const client = new pg.Client(postgres.url('postgres'))
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((it) => /^\d+$/.test(it))
    .filter((it) => {
      try {
        const stat = readFileSync(`/proc/${it}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent
      } catch {
        return false
      }
    })
    .map(Number)
}
