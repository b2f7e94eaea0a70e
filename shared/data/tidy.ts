import { setTimeout as pause } from 'node:timers/promises'
import { log } from '../runtime/log.ts'
import { sweep } from './idempotency.ts'
import { sweepInbox } from './outbox.ts'
import type { Database } from './postgres.ts'

/** Work that is due now and then, by name; gives what it did, for the log. */
export type Tidying = Readonly<Record<string, () => Promise<unknown>>>

const HOUR_MS = 3_600_000

/** Deletes once an hour what nobody needs any more: the house's own leftovers, and the service's. */
export async function keepTidy(db: Database, more: Tidying, signal: AbortSignal): Promise<void> {
  const all = tidyAll(db, more)
  while (!signal.aborted) {
    // Spread, or all processes would do it at the same time.
    await pause(HOUR_MS * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) await tidyOnce(all)
  }
}

/** All that is due: the house's own sweeps of this database, and the service's. */
export function tidyAll(db: Database, more: Tidying = {}): Tidying {
  return { answers: () => sweep(db), events: () => sweepInbox(db), ...more }
}

/** Does each; one that fails keeps none of the others from being done. */
export async function tidyOnce(all: Tidying): Promise<void> {
  for (const [what, work] of Object.entries(all)) {
    try {
      log.debug('tidied', { what, result: await work() })
    } catch (error) {
      log.warn('tidying failed', { what, error })
    }
  }
}
