import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { log } from '../shared/runtime/log.ts'
import type { Resolver } from './resolver.ts'
import { fileSnapshots, type Snapshots } from './snapshot.ts'

export type ConsulState = 'connected' | 'lost'

export type ConsulOptions = {
  /** `host:port` or URL. */
  address: string
  token?: string | undefined
  /** Used until Consul has answered once and when there is no snapshot. */
  fallback?: (service: string) => readonly string[]
  snapshots?: Snapshots
  /** Longest time of one blocking query. */
  waitSeconds?: number
  /** How long a list that turned empty is not believed: more often a fault than the truth. */
  holdEmptyMs?: number
}

type Watched = {
  urls: readonly string[]
  /** Whether `urls` came from Consul or a snapshot of what it said. */
  told: boolean
  first: Promise<void>
  stop: AbortController
  emptied: NodeJS.Timeout | undefined
}

const FIRST_ANSWER_MS = 2_000

const Instances = z.array(
  z.object({
    Node: z.object({ Address: z.string() }),
    Service: z.object({ Address: z.string(), Port: z.int().min(1).max(65_535) }),
  }),
)

/**
 * Instances by Consul's blocking queries: one watch for each service asked for, opened by the first
 * call. Consul gone: the last known list, for ever.
 */
export function consulResolver(options: ConsulOptions): Resolver {
  const { address, holdEmptyMs = 30_000, snapshots = fileSnapshots() } = options
  const base = address.includes('://') ? address.replace(/\/+$/, '') : `http://${address}`
  const watches = new Map<string, Watched>()
  let state: ConsulState = 'lost'

  return {
    async endpoints(service) {
      const watched = watches.get(service) ?? open(service)
      if (watched.urls.length === 0) await watched.first
      if (watched.urls.length === 0 && !watched.told && options.fallback)
        watched.urls = options.fallback(service)
      return watched.urls
    },
    state: () => state,
    close() {
      for (const { stop, emptied } of watches.values()) {
        stop.abort()
        clearTimeout(emptied)
      }
      watches.clear()
    },
  }

  function open(service: string): Watched {
    const stop = new AbortController()
    const { promise, resolve } = Promise.withResolvers<void>()
    const urls = snapshots.read(service)
    const told = urls.length > 0
    const watched: Watched = { urls, told, first: promise, stop, emptied: undefined }
    watches.set(service, watched)
    // The loop ends by `stop` alone and catches what happens in it.
    void watch(service, watched, resolve)
    return watched
  }

  async function watch(service: string, watched: Watched, tried: () => void) {
    const { signal } = watched.stop
    const pace = pacer()
    let index = 0
    let failures = 0
    while (!signal.aborted) {
      try {
        await pace(signal)
        const answer = await ask(service, index, signal)
        apply(service, watched, answer.urls)
        index = nextIndex(index, answer.index)
        failures = 0
        state = 'connected'
      } catch (error) {
        if (signal.aborted) break
        // A restarted Consul counts anew: an old index would block a whole wait before that shows.
        index = 0
        state = 'lost'
        if (failures++ === 0)
          log.warn('Consul does not answer, going on with what is known', {
            target: service,
            error,
          })
        tried()
        const longest = Math.min(100 * 2 ** failures, 10_000)
        await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal, ref: false }).catch(
          () => undefined,
        )
      }
      tried()
    }
  }

  async function ask(service: string, index: number, signal: AbortSignal) {
    const wait = options.waitSeconds ?? 55
    const query = new URLSearchParams({ passing: '1' })
    if (index > 0) {
      query.set('index', String(index))
      query.set('wait', `${wait}s`)
    }
    // Consul adds up to a sixteenth of the wait as jitter.
    const limit = index > 0 ? wait * 1_063 + 2_000 : FIRST_ANSWER_MS
    const response = await fetch(`${base}/v1/health/service/${service}?${query}`, {
      headers: options.token ? { 'x-consul-token': options.token } : {},
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(limit)]),
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`Consul answered ${response.status}`)
    }
    const instances = Instances.parse(await response.json())
    const urls = instances.map(({ Node, Service }) => {
      const host = Service.Address || Node.Address
      return `http://${host.includes(':') ? `[${host}]` : host}:${Service.Port}`
    })
    return {
      index: Number(response.headers.get('x-consul-index')),
      urls: [...new Set(urls)].sort(),
    }
  }

  function apply(service: string, watched: Watched, urls: string[]) {
    const before = watched.told && watched.urls.length > 0
    if (urls.length === 0 && before) {
      if (watched.emptied) return
      log.warn(
        'no healthy instance left, or a token without rights: keeping the old list for now',
        {
          target: service,
        },
      )
      watched.emptied = setTimeout(() => {
        watched.urls = []
      }, holdEmptyMs).unref()
      return
    }
    clearTimeout(watched.emptied)
    watched.emptied = undefined
    if (!watched.told || urls.join() !== watched.urls.join()) {
      watched.urls = urls
      if (urls.length > 0) snapshots.write(service, urls)
    }
    watched.told = true
  }
}

/** The index for the next query, by Consul's rules: backwards means anew, and never under 1. */
function nextIndex(index: number, given: number): number {
  if (!Number.isSafeInteger(given) || given < index) return 0
  return Math.max(1, given)
}

/** Lets two queries through at once and then one a second, however fast Consul answers. */
function pacer() {
  let tokens = 2
  let last = performance.now()
  return async (signal: AbortSignal) => {
    const now = performance.now()
    tokens = Math.min(2, tokens + (now - last) / 1_000) - 1
    last = now
    if (tokens < 0) await sleep(-tokens * 1_000, undefined, { signal, ref: false })
  }
}
