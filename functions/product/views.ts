import { setTimeout as pause } from 'node:timers/promises'
import { log } from '../../shared/runtime/log.ts'
import { addViews } from './queries/views.ts'

const FLUSH_MS = 3000
/** Products with views not yet written, at most; the views of further ones are not counted. */
const MOST_WAITING = 100_000

let waiting = new Map<string, number>()
let settledAt = 0

/** Counts one view in memory, of a product's id, or of `/` and its slug. */
export function countView(key: string): void {
  if (waiting.size < MOST_WAITING || waiting.has(key)) waiting.set(key, (waiting.get(key) ?? 0) + 1)
}

/** Writes the views counted so far, in one statement. Fails when they could not be; they then wait on. */
export async function flushViews(): Promise<void> {
  if (waiting.size === 0) return
  const views = waiting
  waiting = new Map()
  try {
    await addViews(views)
  } catch (error) {
    for (const [key, count] of waiting) views.set(key, (views.get(key) ?? 0) + count)
    waiting = views
    throw error
  }
}

/**
 * For Lambda: writes the views counted so far, unless that was done a moment ago; those wait for the
 * next call, and are lost if there is none in this environment.
 */
export async function settleViews(): Promise<void> {
  if (Date.now() - settledAt < FLUSH_MS) return
  settledAt = Date.now()
  await flushViews().catch((error) => log.warn('views could not be counted', { error }))
}

/** Writes views every few seconds, and what is left when the process ends. */
export async function keepViews(signal: AbortSignal): Promise<void> {
  do {
    await pause(FLUSH_MS, undefined, { signal }).catch(() => {})
    await flushViews().catch((error) => log.warn('views could not be counted', { error }))
  } while (!signal.aborted)
}
