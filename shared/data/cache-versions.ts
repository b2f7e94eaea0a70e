import type { Database } from './postgres.ts'

/** Those who ask for the same tags in the same batch. */
type Waiter = ReturnType<typeof Promise.withResolvers<string>>

/** By the text of the array, which an array that is asked for again has ready. */
type Batch = Map<string, Waiter>

/**
 * A row for each set of tags, itself an array's text; as a row for each tag, 20 of them cost more here
 * than all the rest. A set's versions are one text that is compared and never read.
 */
const query = `
  select (select string_agg(tag || '=' || version, ',' order by tag collate "C")
          from souk_tag where tag = any(sets.tags::text[]))
  from unnest($1::text[]) with ordinality as sets (tags, at) order by at`

/** A query that takes longer than this no longer keeps the next one waiting, ms. */
const PATIENCE = 20

/**
 * A query costs us and PostgreSQL as much as answering several requests does. Where they come thick it
 * waits for so many, or so long in ms, while each turn of the event loop brings more.
 */
const ENOUGH = 24
const GATHER = 1

/** The versions of tags in the caller's own snapshot, in the same form. */
export async function versionsHere(db: Database, tags: readonly string[]): Promise<string> {
  const row = await db.sql<{ versions: string | null }>`
    select string_agg(tag || '=' || version, ',' order by tag collate "C") as versions
    from souk_tag where tag = any(${arrayText(tags)}::text[])`.one()
  return sound(row?.versions)
}

const arrayTexts = new WeakMap<readonly string[], string>()

/** The tag '' is among all sets: it stands for tags that have no row; see schema/0001-house.sql. */
function arrayText(tags: readonly string[]): string {
  let text = arrayTexts.get(tags)
  if (text === undefined) {
    text = `{""${tags.map((tag) => `,"${tag.replace(/[\\"]/g, '\\$&')}"`).join('')}}`
    arrayTexts.set(tags, text)
  }
  return text
}

function sound(versions: string | null | undefined): string {
  if (!versions?.startsWith('=')) throw new Error('souk_tag has lost its first row')
  return versions
}

/**
 * Reads the current versions of tags: one string that is equal only while none of them has
 * changed. All reads that come while a query is under way share the next one, which starts after the
 * last of them has asked, so that each sees every write answered before it; those with the same tags
 * share the promise too. Rejects with `unavailable`.
 */
export function tagVersions(db: Database) {
  let waiting: Batch = new Map()
  let askers = 0
  let isUnderWay = false
  let latest = 0

  return (tags: readonly string[]): Promise<string> => {
    askers++
    const text = arrayText(tags)
    const known = waiting.get(text)
    if (known) return known.promise
    const waiter = Promise.withResolvers<string>()
    waiting.set(text, waiter)
    if (waiting.size === 1) {
      if (isUnderWay) overtake(waiting)
      else gather()
    }
    return waiter.promise
  }

  /** Asks when a turn of the event loop has brought nobody, or enough have come. */
  function gather() {
    const batch = waiting
    const until = performance.now() + GATHER
    let before = 0
    const look = () => {
      if (waiting !== batch) return
      const isEnough = askers === before || askers >= ENOUGH || performance.now() >= until
      if (isEnough) return void flush()
      before = askers
      setImmediate(look)
    }
    setImmediate(look)
  }

  /** A query may be lost with its connection: what waits for it goes by another one. */
  function overtake(batch: Batch) {
    setTimeout(() => {
      if (waiting === batch) void flush()
    }, PATIENCE).unref()
  }

  async function flush() {
    const batch = waiting
    waiting = new Map()
    askers = 0
    isUnderWay = true
    const mine = ++latest
    await ask(batch)
    if (mine !== latest) return
    isUnderWay = false
    if (waiting.size > 0) gather()
  }

  async function ask(batch: Batch) {
    try {
      const rows = await db.outside(query, [[...batch.keys()]])
      const versions = rows.map(([text]) => sound(text))
      let at = 0
      for (const waiter of batch.values()) waiter.resolve(versions[at++] ?? '')
    } catch (error) {
      for (const waiter of batch.values()) waiter.reject(error)
    }
  }
}
