import { createHmac } from 'node:crypto'
import type { RedisLink } from './redis.ts'

export type Verdict = {
  allowed: boolean
  remaining: number
  /** Seconds until the window ends, at least 1; 0 when allowed. */
  retryAfter: number
}

export type Limiter = {
  /** Counts one more and tells whether it is within `limit` per window. Never fails. */
  hit(key: string, limit: number, windowSeconds: number): Promise<Verdict>
  /** Tells whether one more would be within the limit, without counting. */
  read(key: string, limit: number): Promise<Verdict>
  reset(key: string): Promise<void>
}

type Count = { count: number; until: number }

const maxKeys = 50_000
const MOST_NAMES = 1000

// One key, so that it runs on a cluster; in one script, else a crash leaves a count for ever.
const hitScript = `
  local count = redis.call('INCR', KEYS[1])
  local left = redis.call('PTTL', KEYS[1])
  if left < 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    left = tonumber(ARGV[1])
  end
  return {count, left}`

const readScript = `return {tonumber(redis.call('GET', KEYS[1]) or '0'), redis.call('PTTL', KEYS[1])}`

/**
 * Fixed windows, counted in Redis for all processes, or in this one while Redis is away. Counts
 * are approximate by contract: a command that timed out may have counted.
 */
export function makeLimiter(
  service: string,
  redis: RedisLink | undefined,
  secret: string,
): Limiter {
  const local = new Map<string, Count>()
  // Keys hold addresses and emails; Redis gets to see neither.
  const names = new Map<string, string>()
  const nameOf = (key: string) => {
    const known = names.get(key)
    if (known !== undefined) return known
    const sealed = createHmac('sha256', secret).update(key).digest('base64url')
    const name = `souk:${service}:limit:${sealed}`
    // One is read, counted and forgotten in one call.
    if (names.size >= MOST_NAMES) names.clear()
    names.set(key, name)
    return name
  }

  return {
    async hit(key, limit, windowSeconds) {
      const name = nameOf(key)
      const mine = countHere(name, windowSeconds * 1000)
      const theirs = await redis?.attempt((it) => it.eval(hitScript, 1, name, windowSeconds * 1000))
      return verdict(merge(name, mine, theirs), limit, 0)
    },
    async read(key, limit) {
      const name = nameOf(key)
      const mine = current(name) ?? { count: 0, until: 0 }
      const theirs = await redis?.attempt((it) => it.eval(readScript, 1, name))
      return verdict(merge(undefined, mine, theirs), limit, 1)
    },
    async reset(key) {
      const name = nameOf(key)
      local.delete(name)
      await redis?.attempt((it) => it.del(name))
    },
  }

  function current(name: string) {
    const known = local.get(name)
    return known && known.until > Date.now() ? known : undefined
  }

  function countHere(name: string, milliseconds: number) {
    const known = current(name)
    const next = {
      count: (known?.count ?? 0) + 1,
      until: known?.until ?? Date.now() + milliseconds,
    }
    local.delete(name)
    local.set(name, next)
    if (local.size > maxKeys) {
      const [oldest] = local.keys()
      if (oldest) local.delete(oldest)
    }
    return next
  }

  /** Redis knows all processes' calls; its count is kept here too, for when it goes away. */
  function merge(name: string | undefined, mine: Count, theirs: unknown): Count {
    if (!Array.isArray(theirs)) return mine
    const [count, left] = theirs.map(Number)
    const merged = { count: count ?? 0, until: Date.now() + Math.max(left ?? 0, 0) }
    if (name) local.set(name, merged)
    return merged
  }
}

function verdict({ count, until }: Count, limit: number, next: 0 | 1): Verdict {
  const allowed = count + next <= limit
  return {
    allowed,
    remaining: Math.max(0, limit - count),
    retryAfter: allowed ? 0 : Math.max(1, Math.ceil((until - Date.now()) / 1000)),
  }
}
