import cluster, { type Worker } from 'node:cluster'
import { randomUUID } from 'node:crypto'
import type { Meter, Metric } from './metrics.ts'

/** What one process has counted. */
export type Numbers = {
  meters: { labels: Record<string, string>; meter: Meter }[]
  others: Metric[]
}

/** How processes of one kind tell each other what they have counted: through their supervisor. */
export type Gathering =
  | { souk: 'ask' | 'give'; id: string }
  | { souk: 'given'; id: string; numbers: Numbers }
  | { souk: 'gathered'; id: string; all: Numbers[] }

/** A process that does not say its own within this is left out; it may be hung. */
const GIVE_MS = 300
const GATHER_MS = 600

const waiting = new Map<string, (all: Numbers[]) => void>()
let own: (() => Promise<Numbers>) | undefined

/**
 * The numbers of all processes that stand beside this one, `mine` first; only `mine` when there are
 * none, or when the supervisor does not answer. `mine` is also what this one says when it is asked.
 */
export async function gather(mine: () => Promise<Numbers>): Promise<Numbers[]> {
  listen(mine)
  const others = cluster.isWorker && process.connected ? askSupervisor() : []
  return [await mine(), ...(await others)]
}

/** From now on this process says its numbers when another one asks. */
export function listen(mine: () => Promise<Numbers>): void {
  if (!own && cluster.isWorker) process.on('message', hear)
  own = mine
}

function hear(message: Gathering): void {
  if (message.souk === 'gathered') waiting.get(message.id)?.(message.all)
  if (message.souk !== 'give') return
  const { id } = message
  void own?.().then((numbers) => tell({ souk: 'given', id, numbers }))
}

function tell(message: Gathering): void {
  if (process.connected) process.send?.(message)
}

function askSupervisor(): Promise<Numbers[]> {
  const id = randomUUID()
  return new Promise((resolve) => {
    const end = (all: Numbers[]) => {
      clearTimeout(timer)
      waiting.delete(id)
      resolve(all)
    }
    const timer = setTimeout(end, GATHER_MS, [])
    waiting.set(id, end)
    tell({ souk: 'ask', id })
  })
}

/** In the supervisor: asks the others for a process that wants to know. */
export async function answerGathering(asker: Worker, id: string, others: Worker[]): Promise<void> {
  const all = await Promise.all(others.map(numbersOf))
  if (asker.isConnected())
    asker.send({ souk: 'gathered', id, all: all.filter((it) => it !== undefined) })
}

function numbersOf(worker: Worker): Promise<Numbers | undefined> {
  const id = randomUUID()
  return new Promise((resolve) => {
    const end = (numbers: Numbers | undefined) => {
      clearTimeout(timer)
      worker.off('message', hearing)
      resolve(numbers)
    }
    const hearing = (message: Gathering) => {
      if (message.souk === 'given' && message.id === id) end(message.numbers)
    }
    const timer = setTimeout(end, GIVE_MS, undefined)
    worker.on('message', hearing)
    if (worker.isConnected()) worker.send({ souk: 'give', id } satisfies Gathering)
    else end(undefined)
  })
}
