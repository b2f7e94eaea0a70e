import { invocation } from '../runtime/log.ts'
import { bell } from './outbox-bell.ts'
import type { Database } from './postgres.ts'

export type NewEvent = {
  /** What happened, `product.deleted`. */
  topic: string
  /** The service it is for. */
  to: string
  payload: unknown
  /** What it is about; told to the receiver, has no part in the order. */
  key?: string
}

/** An event on its way. It may come more than once and in any order: `id` tells it apart. */
export type Delivery = NewEvent & {
  id: string
  traceparent: string | undefined
  createdAt: string
  /** Counting this one. */
  attempts: number
}

export type OutboxLag = {
  waiting: number
  /** Given up after 24 hours; kept, and sent again by `revive`. */
  dead: number
  oldestSeconds: number
}

/**
 * Puts an event into the transaction that the caller is in: it is sent if that commits, and then
 * surely. Returns the event's id.
 */
export async function emit(db: Database, event: NewEvent): Promise<string> {
  if (!db.inTransaction()) throw new Error('an event must be part of a transaction')
  const { topic, to, payload, key = null } = event
  const traceparent = invocation()?.traceparent ?? null
  const id = await db.sql`
    insert into souk_outbox (topic, target, key, payload, traceparent)
    values (${topic}, ${to}, ${key}, ${db.sql.json(payload)}, ${traceparent}) returning id`.text()
  db.afterCommit(() => bell.emit(db.service))
  return id ?? ''
}

/**
 * Does `work` unless this event was taken before, in one transaction with the record of it.
 * Returns whether it was done now.
 */
export function once(
  db: Database,
  eventId: string,
  work: () => Promise<unknown>,
): Promise<boolean> {
  return db.transaction(async () => {
    const isNew = await db.sql`
      insert into souk_inbox (event_id) values (${eventId}) on conflict do nothing`.run()
    if (isNew) await work()
    return isNew === 1
  })
}

export async function outboxLag(db: Database): Promise<OutboxLag> {
  const row = await db.sql<OutboxLag>`
    select count(*) filter (where dead_at is null)::int as waiting,
      count(dead_at)::int as dead,
      coalesce(extract(epoch from now() - min(created_at) filter (where dead_at is null)), 0)::float8
        as "oldestSeconds"
    from souk_outbox`.one()
  return row ?? { waiting: 0, dead: 0, oldestSeconds: 0 }
}

/** Gives the events that were given up another 24 hours; returns how many. */
export async function revive(db: Database): Promise<number> {
  const revived = await db.sql`
    update souk_outbox set dead_at = null, due_at = now(), created_at = now(), attempts = 0
    where dead_at is not null`.run()
  bell.emit(db.service)
  return revived
}

/** Forgets events taken longer ago than any sender still tries; returns how many. */
export function sweepInbox(db: Database): Promise<number> {
  return db.sql`delete from souk_inbox where taken_at < now() - interval '30 days'`.run()
}
