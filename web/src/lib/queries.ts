import { send } from './api.ts'
import type { Query } from './query.ts'

type Kept = { value: unknown; at: number }

/** How long an answer is shown without asking again. */
const FRESH_MS = 30_000
const MOST = 200

/** Answers by key: one request at a time for each, old answers shown while a new one is fetched. */
export class QueryCache extends EventTarget {
  readonly #kept = new Map<string, Kept>()
  readonly #flying = new Map<string, Promise<unknown>>()
  readonly #send: typeof send

  constructor(sender: typeof send = send) {
    super()
    this.#send = sender
  }

  peek<T>(query: Query<T>): T | undefined {
    return this.#kept.get(query.key)?.value as T | undefined
  }

  isFresh(query: Query<unknown>): boolean {
    const kept = this.#kept.get(query.key)
    return kept !== undefined && Date.now() - kept.at < FRESH_MS
  }

  put(key: string, value: unknown): void {
    this.#kept.delete(key)
    this.#kept.set(key, { value, at: Date.now() })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MOST && oldest !== undefined) this.#kept.delete(oldest)
  }

  /** Asks the service, or joins who asks already. */
  fetch<T>(query: Query<T>): Promise<T> {
    const flying = this.#flying.get(query.key)
    if (flying) return flying as Promise<T>
    const asked = this.#send('GET', query.path, query.as ? { as: query.as } : {})
      .then((reply) => {
        const value = query.map ? query.map(reply as never) : (reply as T)
        // An answer asked for before a write must not be kept after it.
        if (this.#flying.get(query.key) === asked) this.put(query.key, value)
        return value
      })
      .finally(() => {
        if (this.#flying.get(query.key) === asked) this.#flying.delete(query.key)
      })
    this.#flying.set(query.key, asked)
    return asked
  }

  /** Marks everything under these prefixes as old; who shows it asks again. */
  invalidate(...prefixes: string[]): void {
    const hit = (key: string) => prefixes.some((it) => key.startsWith(it))
    for (const [key, kept] of this.#kept) if (hit(key)) kept.at = 0
    for (const key of this.#flying.keys()) if (hit(key)) this.#flying.delete(key)
    this.dispatchEvent(new CustomEvent('invalidate', { detail: hit }))
  }

  /** Forgets all that belonged to a user. */
  forget(prefix: string): void {
    for (const key of this.#kept.keys()) if (key.startsWith(prefix)) this.#kept.delete(key)
  }
}

export const queries = new QueryCache()
