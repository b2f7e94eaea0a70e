import { type ChildProcess, fork } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { services } from '../../functions/catalog.ts'
import { lean } from '../../shared/runtime/lean.ts'
import { residentMb } from '../../shared/testing/resident.ts'
import { freePorts } from '../../shared/testing/shop.ts'

/** A service as a process that a test may break. */
export type ServiceProcess = {
  name: string
  url: string
  pid(): number
  /** Exit codes and signals of processes that ended without being told to. */
  deaths: string[]
  /** Kills it as a crash would and starts it again at the same address. */
  crash(): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** Resident memory in MB. */
  memory(): number
  /** What it holds, garbage collected, in MB. */
  live(): Promise<number>
  /** Ends it for good, by this signal; resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** How many files and sockets a process has open. */
export const descriptorsOf = (pid: number) => readdirSync(`/proc/${pid}/fd`).length

const serve = fileURLToPath(new URL('./serve.ts', import.meta.url))

/** Starts one and resolves when it is ready. */
export async function startService(
  name: string,
  environment: Record<string, string>,
): Promise<ServiceProcess> {
  const [port = 0] = await freePorts(1)
  const its = lean(services.find((it) => it.name === name)?.memory)
  const deaths: string[] = []
  let expected = false
  let child = await start()

  async function start(): Promise<ChildProcess> {
    // Set by the first call that a process answers, and only there.
    const { AWS_LAMBDA_MAX_CONCURRENCY: _own, ...inherited } = process.env
    const env = { ...inherited, ...its.env, ...environment, PORT: String(port) }
    const execArgv = [...process.execArgv, ...its.flags]
    const started = fork(serve, [name], { env, execArgv, stdio: 'inherit' })
    await new Promise<void>((resolve, reject) => {
      started.on('message', (message) => {
        if (JSON.stringify(message).includes('ready')) resolve()
      })
      started.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
    })
    started.once('exit', (code, signal) => {
      if (!expected) deaths.push(`${name}: ${code ?? signal}`)
    })
    return started
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    expected = true
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
    child.kill(signal)
    return gone
  }

  return {
    name,
    url: `http://127.0.0.1:${port}`,
    pid: () => child.pid ?? 0,
    deaths,
    async crash() {
      await end('SIGKILL')
      expected = false
      child = await start()
    },
    signal: (signal) => void child.kill(signal),
    memory: () => residentMb(child.pid ?? 0),
    live: () =>
      new Promise((resolve) => {
        const take = (message: unknown) => {
          if (typeof message !== 'object' || message === null || !('live' in message)) return
          child.off('message', take)
          resolve(Number(message.live) / 1024 ** 2)
        }
        child.on('message', take)
        child.send('live')
      }),
    stop: (signal = 'SIGKILL') => end(signal),
  }
}
