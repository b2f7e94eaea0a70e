import type { Database } from './postgres.ts'

type Waiter = {
  tags: readonly string[]
  resolve: (versions: string) => void
  reject: (error: unknown) => void
}

const query = 'select tag, version from souk_tag where tag = any($1)'

/** A query that takes longer than this no longer keeps the next one waiting, ms. */
const PATIENCE = 20

/** The versions of tags in the caller's own snapshot, in the same form. */
export async function versionsHere(db: Database, tags: readonly string[]): Promise<string> {
  const all = ['', ...tags]
  const rows = await db.sql<{ tag: string; version: string }>`
    select tag, version::text from souk_tag where tag = any(${all})`
  return versionsIn(rows.map(({ tag, version }) => [tag, version]))(tags)
}

function versionsIn(rows: readonly string[][]): (tags: readonly string[]) => string {
  const versions = new Map(rows.map(([tag = '', version = '']) => [tag, version]))
  const floor = versions.get('')
  if (floor === undefined) throw new Error('souk_tag has lost its first row')
  return (tags) => tags.map((tag) => versions.get(tag) ?? `~${floor}`).join()
}

/**
 * Reads the current versions of tags: one string that is equal only while none of them has
 * changed. All reads that come while a query is under way share the next one, which starts after the
 * last of them has asked, so that each sees every write answered before it. Rejects with
 * `unavailable`.
 */
export function tagVersions(db: Database) {
  let waiting: Waiter[] = []
  let isUnderWay = false
  let latest = 0

  return (tags: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      if (waiting.push({ tags, resolve, reject }) > 1) return
      if (isUnderWay) overtake(waiting)
      else setImmediate(flush)
    })

  /** A query may be lost with its connection: what waits for it goes by another one. */
  function overtake(batch: Waiter[]) {
    setTimeout(() => {
      if (waiting === batch) void flush()
    }, PATIENCE).unref()
  }

  async function flush() {
    if (waiting.length === 0) return
    const batch = waiting
    waiting = []
    isUnderWay = true
    const mine = ++latest
    await ask(batch)
    if (mine !== latest) return
    isUnderWay = false
    if (waiting.length > 0) setImmediate(flush)
  }

  async function ask(batch: readonly Waiter[]) {
    // The tag '' stands for all that have no row; see schema/0001-house.sql.
    const tags = new Set([''])
    for (const waiter of batch) for (const tag of waiter.tags) tags.add(tag)
    try {
      const of = versionsIn(await db.outside(query, [[...tags]]))
      for (const waiter of batch) waiter.resolve(of(waiter.tags))
    } catch (error) {
      for (const waiter of batch) waiter.reject(error)
    }
  }
}
