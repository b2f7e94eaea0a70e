import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../shared/data/free-port.ts'

/** A server under load, in a process of its own. */
export type Served = {
  pid: number
  port: number
  /** Milliseconds from exec to the first good answer. */
  startMs: number
  stop(): Promise<void>
}

type Options = {
  /** The program, if not the Node that runs this. */
  node?: string | undefined
  /** For Node itself. */
  args?: readonly string[]
  /** For the module. */
  after?: readonly string[]
  env: Record<string, string>
  cwd: string
  /** It says much where others only complain: nobody reads it. */
  isTalkative?: boolean
  /** What answers 2xx as soon as it can do its work. */
  ready: string
}

const PATIENCE_MS = 30_000

/** Starts a module that listens on the port that `PORT` names, and waits until it answers. */
export async function serveFrom(module: string, options: Options): Promise<Served> {
  const port = await freePort()
  const started = performance.now()
  const child = spawn(
    options.node ?? process.execPath,
    [...(options.args ?? []), module, ...(options.after ?? [])],
    {
      cwd: options.cwd,
      env: { PATH: process.env.PATH, ...options.env, PORT: String(port) },
      stdio: ['ignore', 'ignore', options.isTalkative ? 'ignore' : 'inherit'],
    },
  )
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const until = started + PATIENCE_MS
  while (!(await isGood(`http://127.0.0.1:${port}${options.ready}`))) {
    if (child.exitCode !== null || performance.now() > until)
      throw new Error(`${module} did not become ready`)
    await pause(2)
  }
  return {
    pid: child.pid ?? 0,
    port,
    startMs: performance.now() - started,
    stop: async () => {
      process.off('exit', kill)
      await end(child)
    },
  }
}

async function isGood(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer?.ok ?? false
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

/** Processor time that processes have used, ms; NaN where there is no /proc. */
export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuOf(pid), 0)
}

function cpuOf(pid: number): number {
  try {
    // proc(5): utime and stime are the 14th and 15th field, in ticks of 10 ms; the second, in
    // parentheses, may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(rest[11]) + Number(rest[12])) * 10
  } catch {
    return Number.NaN
  }
}
