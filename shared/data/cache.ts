import { settings } from '../runtime/settings.ts'
import { type Limiter, makeLimiter } from './limiter.ts'
import { database } from './postgres.ts'
import type { RedisLink } from './redis.ts'
import { makeResponses, type ResponseCache } from './responses.ts'

export type { Stored } from './cache-codec.ts'
export type { Limiter, Verdict } from './limiter.ts'
export type { CacheStats, Fresh, ResponseCache } from './responses.ts'

type Registry = {
  redis: RedisLink | undefined
  responses: Map<string, ResponseCache>
  limiters: Map<string, Limiter>
}

// One registry however many bundles carry this file.
const key = Symbol.for('souk.cache')
const shared = globalThis as unknown as Record<symbol, Registry | undefined>
shared[key] ??= { redis: undefined, responses: new Map(), limiters: new Map() }
const registry = shared[key]

/** Stored responses of a service: in memory, and in Redis for its other processes. */
export function responses(service: string): ResponseCache {
  return known(registry.responses, service, () =>
    makeResponses({ db: database(service), redis: redis(), secret: settings().secretKey }),
  )
}

/** Counters of a service, for limits on how often something may be done. */
export function limiter(service: string): Limiter {
  return known(registry.limiters, service, () =>
    makeLimiter(service, redis(), settings().secretKey),
  )
}

/** `memory` where no Redis is set, else whether it can be used now. */
export function cacheState(): 'memory' | 'up' | 'down' {
  if (!settings().redis) return 'memory'
  return redis()?.isUp() ? 'up' : 'down'
}

/** Lets go of Redis and forgets everything; the next use starts anew. */
export async function closeCache(): Promise<void> {
  const { redis } = registry
  Object.assign(registry, { redis: undefined, responses: new Map(), limiters: new Map() })
  await redis?.close()
}

function redis() {
  const wanted = settings().redis
  if (wanted) registry.redis ??= lazily(wanted)
  return registry.redis
}

/** ioredis is a quarter of a bundle: it is loaded only where a Redis is set. */
function lazily(wanted: { url: string; cluster: boolean }): RedisLink {
  let link: RedisLink | undefined
  const opened = import('./redis.ts').then(({ openRedis }) => {
    link = openRedis(wanted)
  })
  return {
    attempt: async (work) => link?.attempt(work),
    isUp: () => link?.isUp() ?? false,
    async close() {
      await opened
      await link?.close()
    },
  }
}

function known<Value>(all: Map<string, Value>, service: string, make: () => Value): Value {
  let value = all.get(service)
  if (value === undefined) {
    value = make()
    all.set(service, value)
  }
  return value
}
