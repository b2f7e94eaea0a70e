import { setTimeout as pause } from 'node:timers/promises'
import { sweep } from '../../shared/data/idempotency.ts'
import { sweepInbox } from '../../shared/data/outbox.ts'
import { log } from '../../shared/runtime/log.ts'
import { sweepPictures } from './queries/media.ts'
import { sweepWords } from './queries/search.ts'
import { db } from './queries/shape.ts'

const HOUR_MS = 3_600_000

const sweeps = {
  answers: () => sweep(db),
  events: () => sweepInbox(db),
  pictures: sweepPictures,
  words: sweepWords,
}

/** Deletes once an hour what nobody needs any more. */
export async function keepTidy(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Spread, or all processes would do it at the same time.
    await pause(HOUR_MS * (0.5 + Math.random()), undefined, { signal }).catch(() => {})
    if (!signal.aborted) await tidy()
  }
}

async function tidy(): Promise<void> {
  for (const [what, work] of Object.entries(sweeps)) {
    try {
      log.debug('swept', { what, gone: await work() })
    } catch (error) {
      log.warn('a sweep failed', { what, error })
    }
  }
}
