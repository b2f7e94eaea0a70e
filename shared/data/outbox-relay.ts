import { log } from '../runtime/log.ts'
import { errorWord, tracing } from '../runtime/tracing.ts'
import type { Delivery } from './outbox.ts'
import { bell } from './outbox-bell.ts'
import type { Database, Part } from './postgres.ts'

type Row = {
  id: string
  topic: string
  target: string
  key: string | null
  payload: unknown
  traceparent: string | null
  created_at: string
  attempts: number
  is_old: boolean
}

type Deliver = (event: Delivery) => Promise<void>

/** How a receiver has been doing; one that fails gets few slots, so that it starves no other. */
type Target = { failures: number; underWay: number }

const pace = {
  pollMilliseconds: 500,
  underWay: 20,
  failingFrom: 5,
  underWayWhenFailing: 2,
  firstRetrySeconds: 0.1,
  lastRetrySeconds: 10,
  /** After this another relay may try the same event; a delivery must be over by then. */
  claimSeconds: 15,
}

/**
 * Sends events until `signal` ends it, then resolves once those under way are through. `deliver`
 * resolves when the other side has taken the event for good, and takes 15 seconds at most; when it
 * throws, the event is sent again later, for 24 hours. Any number of relays may run.
 */
export async function relay(
  db: Database,
  deliver: Deliver,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  const targets = new Map<string, Target>()
  const underWay = new Set<Promise<void>>()
  let isAway = false
  let ring = () => {}
  while (!signal.aborted) {
    const bellRung = ringing(db.service, signal)
    ring = bellRung.ring
    try {
      const rows = await claimAll(db, targets, pace.underWay - underWay.size)
      for (const row of rows) start(row)
      isAway = false
    } catch (error) {
      if (!isAway) log.warn('the outbox cannot be read', { service: db.service, error })
      isAway = true
    }
    await bellRung.wait
  }
  await Promise.all(underWay)

  function start(row: Row) {
    const target = targets.get(row.target) ?? { failures: 0, underWay: 0 }
    targets.set(row.target, target)
    target.underWay++
    const wasFull = underWay.size + 1 >= pace.underWay
    const sending = send(db, row, deliver).then((taken) => {
      const recovered = taken && target.failures >= pace.failingFrom
      target.failures = taken ? 0 : target.failures + 1
      target.underWay--
      underWay.delete(sending)
      if (wasFull || recovered) ring()
    })
    underWay.add(sending)
  }
}

async function claimAll(db: Database, targets: Map<string, Target>, free: number) {
  const failing = [...targets].filter(([, it]) => it.failures >= pace.failingFrom)
  const names = failing.map(([name]) => name)
  const { sql } = db
  const rows = await claim(db, sql`target <> all(${names})`, free)
  for (const [name, target] of failing) {
    const most = Math.min(pace.underWayWhenFailing - target.underWay, free - rows.length)
    rows.push(...(await claim(db, sql`target = ${name}`, most)))
  }
  return rows
}

/** Takes events for this relay; should it die, they come due again by themselves. */
async function claim(db: Database, which: Part, most: number): Promise<Row[]> {
  if (most <= 0) return []
  return await db.sql<Row>`
    update souk_outbox set attempts = attempts + 1,
      due_at = now() + make_interval(secs => ${pace.claimSeconds})
    where id = any(array(
      select id from souk_outbox where dead_at is null and due_at <= now() and ${which}
      order by due_at limit ${most} for update skip locked))
    returning id, topic, target, key, payload, traceparent, created_at, attempts,
      created_at < now() - interval '24 hours' as is_old`
}

/** Whether the other side has taken it. */
async function send(db: Database, row: Row, deliver: Deliver): Promise<boolean> {
  const { id, topic, target: to, payload, attempts, created_at: createdAt } = row
  const span = tracing()?.start(`send ${topic}`, 'producer', row.traceparent ?? undefined, {
    'messaging.operation.type': 'send',
    'messaging.destination.name': topic,
    'messaging.message.id': id,
    'peer.service': to,
    'souk.attempt': attempts,
  })
  const traceparent = span?.traceparent ?? row.traceparent ?? undefined
  const key = row.key === null ? {} : { key: row.key }
  try {
    await deliver({ id, topic, to, payload, ...key, traceparent, createdAt, attempts })
    span?.end()
  } catch (error) {
    span?.end({ error: errorWord(error) })
    await postpone(db, row, error).catch(claimRunsOut)
    return false
  }
  await db.sql`delete from souk_outbox where id = ${id}`.run().catch(claimRunsOut)
  return true
}

async function postpone(
  db: Database,
  { id, topic, target, attempts, is_old }: Row,
  error: unknown,
) {
  const reason = error instanceof Error ? error.message.slice(0, 500) : String(error)
  if (is_old) {
    log.error('an event was given up after 24 hours', { id, topic, to: target, attempts, error })
    await db.sql`update souk_outbox set dead_at = now(), last_error = ${reason} where id = ${id}`
    return
  }
  const most = Math.min(
    pace.firstRetrySeconds * 2 ** Math.min(attempts - 1, 30),
    pace.lastRetrySeconds,
  )
  const seconds = most * (0.5 + Math.random() * 0.5)
  log.debug('an event was not taken', { id, topic, to: target, attempts, error })
  await db.sql`
    update souk_outbox set due_at = now() + make_interval(secs => ${seconds}), last_error = ${reason}
    where id = ${id}`
}

/** Without its record the event comes due again; the receiver knows it by its id. */
function claimRunsOut(error: unknown) {
  log.warn('the outbox could not be written', { error })
}

/** Waits for a commit in this process, the next poll or the end. Listens from now on. */
function ringing(service: string, signal: AbortSignal) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const ring = () => resolve()
  const poll = setTimeout(ring, pace.pollMilliseconds)
  bell.once(service, ring)
  signal.addEventListener('abort', ring)
  const wait = promise.then(() => {
    clearTimeout(poll)
    bell.off(service, ring)
    signal.removeEventListener('abort', ring)
  })
  return { wait, ring }
}
