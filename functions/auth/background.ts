import { setTimeout as pause } from 'node:timers/promises'
import { client } from '../../discovery/client.ts'
import { sweep as sweepIdempotency } from '../../shared/data/idempotency.ts'
import { relay } from '../../shared/data/outbox.ts'
import type { Background } from '../../shared/http/service.ts'
import { log } from '../../shared/runtime/log.ts'
import { rotateWhenDue } from './keys.ts'
import { db } from './queries/accounts.ts'
import { sweep } from './queries/sessions.ts'

const HOUR_MS = 3_600_000

/** Tells the other services of renamed and deleted users. */
export const relayEvents: Background = (signal) => relay(db, client('auth').deliver, { signal })

/** Every hour: removes what is over, and makes the next signing key when it is time. */
export const tidy: Background = async (signal) => {
  while (!signal.aborted) {
    for (const work of [sweep, () => sweepIdempotency(db), rotateWhenDue])
      await work().catch((error: unknown) => log.error('tidying failed', { error }))
    await pause(HOUR_MS, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
