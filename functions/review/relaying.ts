import { client } from '../../discovery/client.ts'
import { relay } from '../../shared/data/outbox-relay.ts'
import { database } from '../../shared/data/postgres.ts'
import { log } from '../../shared/runtime/log.ts'

/** Sends ratings to the product service until the signal comes. */
export async function relayEvents(signal: AbortSignal): Promise<void> {
  const db = database('review')
  try {
    // A process that died held its claims for seconds more; whoever starts in its place sends at
    // once. Sent twice does no harm: the receiver takes each event once.
    await db.sql`update souk_outbox set due_at = now() where dead_at is null and due_at > now()`
  } catch (error) {
    log.warn('claims of a former relay run out by themselves', { error })
  }
  await relay(db, client('review').deliver, { signal })
}
