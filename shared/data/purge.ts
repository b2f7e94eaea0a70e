import { setTimeout as pause } from 'node:timers/promises'
import { everythingOf, surrogateKey } from '../http/surrogate-key.ts'
import { log } from '../runtime/log.ts'
import type { Database } from './postgres.ts'

/**
 * Milliseconds. A tag is sent when it has changed and twice more after `again`: a cache may store an
 * answer that was made before the change and came after the first time.
 */
const pace = { poll: 200, again: [700, 5000], request: 2000, afterFailure: 1000 }

/** More than these at once: the caches forget all that is this service's. */
const MOST_TAGS = 1000
const TAGS_A_REQUEST = 50
/** Seconds for which writers note what they change after the last purger was seen. */
const WANTED_SECONDS = 600

type Row = { id: string; tag: string; sent: number }

/**
 * Makes the caches at `urls` forget what committed writes have changed, until `signal` ends it. Any
 * number may run. What one of the caches has not taken is sent again to all of them.
 */
export async function keepPurging(
  db: Database,
  urls: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  let wantedUntil = 0
  let isAway = false
  while (!signal.aborted) {
    try {
      if (Date.now() > wantedUntil) {
        await want(db)
        wantedUntil = Date.now() + (WANTED_SECONDS * 1000) / 10
      }
      await purgeDue(db, urls)
      isAway = false
    } catch (error) {
      if (!isAway) log.warn('caches in front could not be purged', { service: db.service, error })
      isAway = true
    }
    const milliseconds = isAway ? pace.afterFailure : pace.poll
    await pause(milliseconds, undefined, { signal }).catch(() => undefined)
  }
}

/** Tells writers that changes are to be noted. Nobody has noted those before the first time. */
async function want(db: Database): Promise<void> {
  await db.transaction(async () => {
    const known = await db.sql`select id from souk_purging where until > now() for update`
    await db.sql`
      insert into souk_purging (until) values (now() + make_interval(secs => ${WANTED_SECONDS}))
      on conflict (id) do update set until = excluded.until`
    if (known.length === 0) await db.sql`insert into souk_purge (tag) values ('')`
  })
}

/** Sends what is due, and keeps what was not taken. */
async function purgeDue(db: Database, urls: readonly string[]): Promise<void> {
  await db.transaction(async () => {
    const rows = await db.sql<Row>`
      select id, tag, sent from souk_purge where due_at <= now()
      order by due_at limit ${MOST_TAGS + 1} for update skip locked`
    if (rows.length === 0) return
    const tags = [...new Set(rows.map((it) => it.tag))]
    // The tag '' stands for all that have no row; see schema/0001-house.sql.
    const isAll = rows.length > MOST_TAGS || tags.includes('')
    await Promise.all(urls.map((url) => send(url, isAll ? [everythingOf(db.service)] : tags)))
    if (rows.length > MOST_TAGS) {
      await db.sql`delete from souk_purge where due_at <= now() and tag <> ''`
      await db.sql`insert into souk_purge (tag, sent, due_at) values
        ('', 1, now() + make_interval(secs => ${(pace.again[0] ?? 0) / 1000}))`
      return
    }
    for (const [sent, next] of [...pace.again, undefined].entries()) {
      const ids = rows.filter((it) => it.sent === sent).map((it) => it.id)
      if (ids.length === 0) continue
      if (next === undefined) await db.sql`delete from souk_purge where id = any(${ids})`
      else
        await db.sql`update souk_purge set sent = sent + 1,
          due_at = now() + make_interval(secs => ${next / 1000}) where id = any(${ids})`
    }
  })
}

async function send(url: string, tags: readonly string[]): Promise<void> {
  for (let at = 0; at < tags.length; at += TAGS_A_REQUEST) {
    const answer = await fetch(url, {
      method: 'PURGE',
      headers: { 'surrogate-key': surrogateKey(tags.slice(at, at + TAGS_A_REQUEST)) },
      signal: AbortSignal.timeout(pace.request),
    })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`${new URL(url).host} answered ${answer.status} to PURGE`)
  }
}
