import cluster, { type Worker } from 'node:cluster'
import { setTimeout as pause } from 'node:timers/promises'
import { answerGathering, type Gathering } from './gather.ts'
import { lean, type Memory } from './lean.ts'
import type { Told } from './lifecycle.ts'
import { log } from './log.ts'

/** Processes of one kind; they share the port they listen on. */
export type Group = {
  name: string
  /** File that calls `runHost`. */
  module: string
  args?: readonly string[]
  memory?: Memory | undefined
  env?: Record<string, string>
  workers: number
  /** Gives a process that will run `module`, where starting one anew takes too long. */
  fork?: (env: Record<string, string>) => Worker
  /** Takes what the processes print; without it they print where we do. */
  output?: (text: Buffer) => void
}

export type Timing = {
  /** Without a beat for so long a process counts as hung. */
  hangMs: number
  /** For a replacement to become ready. */
  readyMs: number
  /** For a process to end after SIGTERM. */
  stopMs: number
  /** Longest wait before a process that keeps dying is started again. */
  backoffMs: number
}

export type Supervisor = {
  /** Resolves when every process has been ready once. */
  ready: Promise<void>
  pids(name?: string): number[]
  /**
   * Replaces the processes one by one: the old one ends when the new one is ready. Rejects, and keeps
   * what runs, when a replacement does not become ready.
   */
  reload(name?: string): Promise<void>
  /** SIGTERM to all; resolves when they are gone. */
  stop(): Promise<void>
}

/** The place of one process. */
type Slot = {
  group: Group
  worker: Worker | undefined
  restarts: number
  /** Deaths in a row, each soon after its start. */
  failures: number
  lastBeat: number | undefined
  ready: PromiseWithResolvers<void>
}

const defaults: Timing = { hangMs: 10_000, readyMs: 30_000, stopMs: 40_000, backoffMs: 10_000 }
const SOON = 10_000

/** Keeps processes running: starts again what dies, kills what hangs, replaces without a lost call. */
export function supervise(groups: readonly Group[], timing: Partial<Timing> = {}): Supervisor {
  const times = { ...defaults, ...timing }
  // The kernel hands connections out. By turns, over IPC, one would hang for ever with each process
  // that dies before it took it: the primary keeps its end open.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  const slots = groups.flatMap((group) => Array.from({ length: group.workers }, () => slot(group)))
  let stopping: Promise<void> | undefined
  let reloading = Promise.resolve()

  const keep = (slot: Slot, worker: Worker) => {
    const started = performance.now()
    slot.worker = worker
    slot.lastBeat = undefined
    worker.on('message', (message: Told | Gathering) => {
      if (message.souk === 'ask')
        void answerGathering(worker, message.id, besides(slots, slot.group, worker))
      if (message.souk !== 'beat' && message.souk !== 'ready') return
      slot.lastBeat = performance.now()
      if (message.souk === 'ready') slot.ready.resolve()
    })
    void gone(worker).then(async () => {
      if (slot.worker !== worker || stopping) return
      if (performance.now() - started > SOON) slot.failures = 0
      slot.restarts++
      const wait = Math.min(100 * 2 ** slot.failures++, times.backoffMs)
      const { exitCode, signalCode } = worker.process
      log.error('a process died', { of: slot.group.name, exitCode, signalCode, wait_ms: wait })
      await pause(wait)
      if (slot.worker === worker && !stopping) keep(slot, fork(slot))
    })
  }

  const replace = async (slot: Slot) => {
    if (stopping) return
    const old = slot.worker
    const fresh = fork(slot)
    if (!(await becomesReady(fresh, times.readyMs)) || stopping) {
      fresh.process.kill('SIGKILL')
      throw new Error(`${slot.group.name}: the replacement did not become ready`)
    }
    keep(slot, fresh)
    slot.ready.resolve()
    if (old) await end(old, times.stopMs)
  }

  for (const slot of slots) keep(slot, fork(slot))
  const watch = killHung(slots, times.hangMs)
  return {
    ready: Promise.all(slots.map((slot) => slot.ready.promise)).then(() => undefined),
    pids: (name) => of(slots, name).flatMap((slot) => slot.worker?.process.pid ?? []),
    reload(name) {
      const mine = reloading.then(async () => {
        for (const slot of of(slots, name)) await replace(slot)
      })
      reloading = mine.catch(() => undefined)
      return mine
    },
    stop() {
      clearInterval(watch)
      stopping ??= Promise.all(
        Object.values(cluster.workers ?? {}).map((it) => it && end(it, times.stopMs)),
      ).then(() => undefined)
      return stopping
    },
  }
}

/** A supervisor as the whole of this process: SIGHUP reloads, SIGTERM and SIGINT end all. */
export function runSupervisor(groups: readonly Group[], timing?: Partial<Timing>): Supervisor {
  const supervisor = supervise(groups, timing)
  const stop = () => void supervisor.stop().then(() => process.exit(0))
  process.on('SIGTERM', stop).on('SIGINT', stop)
  process.on('SIGHUP', () => {
    supervisor.reload().catch((error: unknown) => log.error('reload failed', { error }))
  })
  return supervisor
}

function slot(group: Group): Slot {
  return {
    group,
    worker: undefined,
    restarts: 0,
    failures: 0,
    lastBeat: undefined,
    ready: Promise.withResolvers(),
  }
}

function of(slots: readonly Slot[], name: string | undefined): Slot[] {
  return slots.filter((slot) => name === undefined || slot.group.name === name)
}

/** The other processes of a group. */
function besides(slots: readonly Slot[], group: Group, asker: Worker): Worker[] {
  return of(slots, group.name).flatMap(({ worker }) => (worker && worker !== asker ? worker : []))
}

function fork({ group, restarts }: Slot): Worker {
  const { output } = group
  const env = { ...group.env, SOUK_RESTARTS: String(restarts) }
  const worker = group.fork?.(env) ?? start(group, env)
  if (output) {
    worker.process.stdout?.on('data', output)
    worker.process.stderr?.on('data', output)
  }
  return worker
}

function start({ module, args, memory, output }: Group, env: Record<string, string>): Worker {
  const its = lean(memory)
  cluster.setupPrimary({
    exec: module,
    args: [...(args ?? [])],
    execArgv: [...process.execArgv, ...its.flags],
    silent: output !== undefined,
  })
  return cluster.fork({ ...its.env, ...env })
}

function gone(worker: Worker): Promise<void> {
  if (worker.isDead()) return Promise.resolve()
  return new Promise((resolve) => worker.once('exit', () => resolve()))
}

function becomesReady(worker: Worker, ms: number): Promise<boolean> {
  const ready = new Promise<boolean>((resolve) => {
    worker.on('message', (message: Told) => message.souk === 'ready' && resolve(true))
  })
  return Promise.race([ready, gone(worker).then(() => false), pause(ms, false, { ref: false })])
}

async function end(worker: Worker, ms: number): Promise<void> {
  worker.process.kill('SIGTERM')
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), ms)
  await gone(worker)
  clearTimeout(timer)
}

/** A process is only held to beats once it has sent one; a pause of the whole machine is no hang. */
function killHung(slots: readonly Slot[], hangMs: number): NodeJS.Timeout {
  const every = Math.min(1000, hangMs / 4)
  let looked = performance.now()
  return setInterval(() => {
    const now = performance.now()
    const slept = now - looked > every * 3
    looked = now
    for (const slot of slots) {
      if (slot.lastBeat === undefined) continue
      if (slept) slot.lastBeat = now
      else if (now - slot.lastBeat > hangMs) {
        log.error('a process hangs and is killed', { of: slot.group.name })
        slot.lastBeat = undefined
        slot.worker?.process.kill('SIGKILL')
      }
    }
  }, every)
}
