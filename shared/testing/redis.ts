import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../data/free-port.ts'
import { watchOver } from '../data/watchdog.ts'

export type TestRedis = {
  url: string
  port: number
  /** Freezes and thaws the server: it keeps its connections and answers nothing. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

/**
 * Starts a Redis of its own, without a disk; for tests that break it, and for the test run. Where the
 * settings say that Redis is a cluster, it is a cluster of one.
 */
export async function startRedis(port?: number, flags: string[] = []): Promise<TestRedis> {
  const chosen = port ?? (await freePort())
  const alone = process.env.REDIS_CLUSTER === 'true' && !flags.includes('--cluster-enabled')
  const file = join(tmpdir(), `souk-redis-${randomBytes(8).toString('hex')}.conf`)
  const args = ['--port', String(chosen), '--bind', '127.0.0.1', '--save', '', ...flags]
  if (alone) args.push(...(await clusterFlags(file)))
  const server = spawn('redis-server', args, { stdio: 'ignore' })
  const failed = new Promise<never>((_, reject) => {
    server.once('error', (cause) =>
      reject(new Error('redis-server is missing; npm test installs it where it may', { cause })),
    )
    server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
  })
  const watchdog = watchOver(server.pid, 'KILL')
  await Promise.race([answering(chosen, alone), failed])
  failed.catch(() => {})
  server.unref()
  return {
    url: `redis://127.0.0.1:${chosen}`,
    port: chosen,
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    stop: async () => {
      watchdog?.kill('SIGKILL')
      await end(server)
      rmSync(file, { force: true })
    },
  }
}

/** What makes a server a node of a cluster; `file` is where it notes the others. */
export async function clusterFlags(file: string): Promise<string[]> {
  const bus = String(await freePort())
  // Alone it would not know its own address, which it is asked for.
  const named = ['--cluster-announce-ip', '127.0.0.1']
  return [
    ...named,
    '--cluster-enabled',
    'yes',
    '--cluster-port',
    bus,
    '--cluster-config-file',
    file,
  ]
}

async function answering(port: number, alone: boolean) {
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: null })
  client.on('error', () => {})
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline) {
    try {
      await client.connect()
      await client.ping()
      if (alone) await client.call('cluster', 'addslotsrange', 0, 16_383)
      if (alone) await whole(client)
      client.disconnect()
      return
    } catch {
      await pause(10)
    }
  }
  throw new Error('redis-server does not answer')
}

/** Until a node of a cluster serves all its slots. */
async function whole(client: Redis) {
  for (;;) {
    const told = String(await client.call('cluster', 'info'))
    if (told.includes('cluster_state:ok')) return
    await pause(20)
  }
}

async function end(server: ChildProcess) {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.ref()
  const gone = once(server, 'exit')
  server.kill('SIGKILL')
  await gone
}
