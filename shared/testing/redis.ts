import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
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

/** Starts a Redis of its own, without a disk; for tests that break it, and for the test run. */
export async function startRedis(port?: number, flags: string[] = []): Promise<TestRedis> {
  const chosen = port ?? (await freePort())
  const args = ['--port', String(chosen), '--bind', '127.0.0.1', '--save', '', ...flags]
  const server = spawn('redis-server', args, { stdio: 'ignore' })
  const failed = new Promise<never>((_, reject) => {
    server.once('error', (cause) =>
      reject(new Error('redis-server is missing; npm test installs it where it may', { cause })),
    )
    server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
  })
  const watchdog = watchOver(server.pid, 'KILL')
  await Promise.race([answering(chosen), failed])
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
    },
  }
}

async function answering(port: number) {
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: null })
  client.on('error', () => {})
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline) {
    try {
      await client.connect()
      await client.ping()
      client.disconnect()
      return
    } catch {
      await pause(10)
    }
  }
  throw new Error('redis-server does not answer')
}

async function end(server: ChildProcess) {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.ref()
  const gone = once(server, 'exit')
  server.kill('SIGKILL')
  await gone
}
