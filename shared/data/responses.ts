import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { decode, encode, type Stored } from './cache-codec.ts'
import { tagVersions, versionsHere } from './cache-versions.ts'
import { boundedMemory } from './memory.ts'
import type { Database } from './postgres.ts'
import type { RedisLink } from './redis.ts'

/** A response just made. Without an `etag` (or with an empty one) it gets one from its body. */
export type Fresh = {
  status: number
  headers: Record<string, string>
  body: Buffer | string
  etag?: string | undefined
}

/** The same with its tag: what was just made is text still, what was stored are bytes. */
export type Made = Omit<Stored, 'body'> & { body: Buffer | string }

export type ResponseCache = {
  /**
   * The stored response, if this process holds one that is still true; the answer is immediate
   * when it holds none. Rejects with `unavailable` when PostgreSQL cannot say whether it is true.
   */
  peek(key: string): Promise<Stored | undefined> | undefined
  /**
   * The response under `key`, from memory, from Redis, or made by `fill`, once however many ask at
   * the same time. `tags` name all that the response depends on; whatever commits a change bumps
   * them. Only 200 is kept, for `ttlSeconds` at most.
   */
  through(
    key: string,
    tags: readonly string[],
    ttlSeconds: number,
    fill: () => Promise<Fresh>,
  ): Promise<Made>
  stats(): CacheStats
  clear(): void
}

export type CacheStats = {
  hits: number
  shared: number
  fills: number
  /** Of the fills, those read on the replica. */
  replica: number
  entries: number
  bytes: number
}

export type CacheOptions = {
  db: Database
  redis?: RedisLink | undefined
  /** Authenticates what is stored in Redis. */
  secret: string
  maxBytes?: number
  maxEntryBytes?: number
}

type Kept = {
  tags: readonly string[]
  versions: string
  stored: Stored
  /** The question whether it is still true that goes out next, for all who come before it does. */
  check?: Check | undefined
}

type Check = { versions: Promise<string>; found?: Promise<Stored | undefined>; askers: number }

const lease = { milliseconds: 2000, polls: [5, 10, 15, 20] }

export function makeResponses(options: CacheOptions): ResponseCache {
  const { db, redis, secret, maxBytes = 16_000_000, maxEntryBytes = 1_000_000 } = options
  const memory = boundedMemory<Kept>(maxBytes, maxEntryBytes)
  const versionsOf = tagVersions(db)
  // In objects of their own, emptied at the end: a Map that many come to and go from leaves tables behind
  // that hold what was in them and lead to each other, so that all of it would have to be collected old.
  const flights = new Map<string, { made: Promise<Made> | undefined }>()
  const counts = { hits: 0, shared: 0, fills: 0, replica: 0 }

  return {
    peek(key) {
      // Inside a transaction reads see writes that are not committed; those are nobody else's.
      if (db.inTransaction()) return undefined
      const kept = memory.get(key)
      if (!kept) return undefined
      const versions = versionsOf(kept.tags)
      if (kept.check?.versions !== versions) {
        const check: Check = { versions, askers: 0 }
        check.found = stillTrue(key, kept, check)
        kept.check = check
      }
      kept.check.askers++
      return kept.check.found
    },

    async through(key, tags, ttlSeconds, fill) {
      if (db.inTransaction()) return complete(await fill())
      const versions = await versionsOf(tags)
      const kept = memory.get(key)
      if (kept?.versions === versions) {
        counts.hits++
        return kept.stored
      }
      // Whoever joins a flight has read, after arriving, the versions that it started from: since
      // then nothing was committed that this caller must see.
      const id = `${key}\n${tags.join()}\n${versions}`
      const known = flights.get(id)?.made
      if (known) return known
      const made = make(key, id, { tags, versions }, ttlSeconds, fill)
      const flight: { made: Promise<Made> | undefined } = { made }
      flights.set(id, flight)
      const landed = () => {
        flight.made = undefined
        flights.delete(id)
      }
      made.then(landed, landed)
      return made
    },

    stats: () => ({ ...counts, ...memory.size() }),
    clear: memory.clear,
  }

  async function stillTrue(key: string, kept: Kept, check: Check) {
    const versions = await check.versions
    if (kept.check === check) kept.check = undefined
    if (versions === kept.versions) {
      counts.hits += check.askers
      return kept.stored
    }
    memory.drop(key, kept)
    return undefined
  }

  async function make(
    key: string,
    id: string,
    origin: Omit<Kept, 'stored'>,
    ttlSeconds: number,
    fill: () => Promise<Fresh>,
  ) {
    // Spread, or all that was made together would expire together.
    const ttl = ttlSeconds * (0.9 + Math.random() * 0.2)
    const keep = (made: Made) => {
      // Characters, where it is text: to count its bytes it would be put together once more.
      const bytes = made.body.length + origin.versions.length * 3
      memory.set(key, () => ({ ...origin, stored: storable(made) }), bytes, ttl)
    }
    const name = `souk:${db.service}:${createHash('sha256').update(id).digest('base64url')}`
    const found = await fromRedis(name)
    if (found) {
      keep(found)
      return found
    }
    counts.fills++
    let made: Made | undefined
    try {
      made = complete(await freshly(origin, fill))
    } finally {
      // Nothing will come under this name: whoever waits for it need not.
      if (made?.status !== 200) void redis?.attempt((it) => it.del(`${name}:lease`))
    }
    if (made.status === 200) {
      keep(made)
      store(name, made, ttl)
    }
    return made
  }

  /**
   * From the replica if it has seen all that these versions stand for; versions travel with the rows,
   * so that equal ones prove it. A caller's own writes are among them.
   */
  async function freshly({ tags, versions }: Omit<Kept, 'stored'>, fill: () => Promise<Fresh>) {
    const isCurrent = async () => (await versionsHere(db, tags)) === versions
    const found = await db.onReplica(isCurrent, fill)
    if (!found) return fill()
    counts.replica++
    return found.value
  }

  function store(name: string, made: Made, ttlSeconds: number) {
    if (!redis || made.body.length >= maxEntryBytes) return
    const bytes = encode(storable(made), secret)
    void redis.attempt((it) => it.set(name, bytes, 'PX', Math.ceil(ttlSeconds * 1000)))
  }

  /**
   * What another process has stored for these very versions. When one is making it, waits up to
   * 50 ms for it; the lease only limits how many do the same work, nothing rests on it.
   */
  async function fromRedis(name: string): Promise<Stored | undefined> {
    if (!redis?.isUp()) return undefined
    const first = await read(name)
    if (first) return first
    const taken = await redis.attempt((it) =>
      it
        .set(`${name}:lease`, randomUUID(), 'PX', lease.milliseconds, 'NX')
        .then((it) => it ?? 'no'),
    )
    if (taken !== 'no') return undefined
    for (const milliseconds of lease.polls) {
      await pause(milliseconds)
      const later = await read(name)
      if (later) return later
    }
    return undefined
  }

  async function read(name: string) {
    const bytes = await redis?.attempt((it) => it.getBuffer(name))
    const stored = bytes ? decode(bytes, secret) : undefined
    if (stored) counts.shared++
    return stored
  }
}

function complete({ status, headers, body, etag }: Fresh): Made {
  const tag = etag || `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { status, headers, body, etag: tag }
}

function storable(made: Made): Stored {
  return { ...made, body: Buffer.isBuffer(made.body) ? made.body : Buffer.from(made.body) }
}
