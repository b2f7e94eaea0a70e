import type { ReactiveController, ReactiveControllerHost } from 'lit'
import { type Failure, failureOf } from './failure.ts'
import { queries } from './queries.ts'
import type { Query } from './query.ts'
import type { Region } from './region.ts'

type Watched<T> = { query: Query<T>; failure?: Failure; timer?: number; tries: number }

/** Longest pause before a failed region asks again by itself. */
const LONGEST_PAUSE_MS = 15_000

/**
 * Brings what its host shows: names queries anew at each rendering, gives what is kept at once (so
 * that going back renders in one go and the scroll position fits), asks for the rest, and heals.
 */
export class Loaded<T> implements ReactiveController {
  readonly #host: ReactiveControllerHost
  readonly #wanted: () => (Query<T> | undefined)[]
  #watched = new Map<string, Watched<T>>()
  #order: string[] = []
  #before: T | undefined

  constructor(host: ReactiveControllerHost, wanted: () => (Query<T> | undefined)[]) {
    this.#host = host
    this.#wanted = wanted
    host.addController(this)
  }

  hostConnected(): void {
    queries.addEventListener('invalidate', this.#invalidated)
    window.addEventListener('online', this.#connected)
  }

  hostDisconnected(): void {
    queries.removeEventListener('invalidate', this.#invalidated)
    window.removeEventListener('online', this.#connected)
    for (const { timer } of this.#watched.values()) clearTimeout(timer)
    this.#watched.clear()
  }

  hostUpdate(): void {
    const now = this.#wanted().filter((it) => it !== undefined)
    this.#order = now.map((it) => it.key)
    const keys = new Set(this.#order)
    for (const [key, old] of this.#watched) {
      if (keys.has(key)) continue
      clearTimeout(old.timer)
      this.#before = queries.peek(old.query) ?? this.#before
      this.#watched.delete(key)
    }
    for (const query of now) {
      if (this.#watched.has(query.key)) continue
      const watched: Watched<T> = { query, tries: 0 }
      this.#watched.set(query.key, watched)
      if (!queries.isFresh(query)) void this.#ask(watched)
    }
  }

  /** The state of each query, in the order they were named. */
  get regions(): Region<T>[] {
    return this.#order.flatMap((key): Region<T>[] => {
      const it = this.#watched.get(key)
      if (!it) return []
      const value = queries.peek(it.query)
      if (value !== undefined) return [{ state: 'ok', value }]
      if (it.failure)
        return [{ state: 'error', failure: it.failure, retry: () => void this.#ask(it) }]
      return [{ state: 'loading', value: this.#before }]
    })
  }

  /** The state of the one query. */
  get region(): Region<T> {
    return this.regions[0] ?? { state: 'loading' }
  }

  async #ask(watched: Watched<T>): Promise<void> {
    clearTimeout(watched.timer)
    try {
      await queries.fetch(watched.query)
      delete watched.failure
      watched.tries = 0
    } catch (error) {
      watched.failure = failureOf(error)
      // A service that is down comes back; what it refused it will refuse again.
      if (watched.failure.status === 0 || watched.failure.status >= 500) {
        const pause = Math.min(1500 * 2 ** watched.tries++, LONGEST_PAUSE_MS)
        if (this.#watched.get(watched.query.key) === watched)
          watched.timer = window.setTimeout(() => void this.#ask(watched), pause)
      }
    }
    this.#host.requestUpdate()
  }

  readonly #invalidated = (event: Event) => {
    const hit = (event as CustomEvent<(key: string) => boolean>).detail
    for (const it of this.#watched.values()) if (hit(it.query.key)) void this.#ask(it)
  }

  readonly #connected = () => {
    for (const it of this.#watched.values()) if (it.failure) void this.#ask(it)
  }
}
