import { request as ask } from 'undici'
import type { Query } from '../web/src/lib/query.ts'
import type { Region } from '../web/src/lib/region.ts'

export type Visit = {
  /** Scheme and host as the visitor sees them. */
  origin: string
  /** Base URL of the services; none: pages are sent without their data. */
  api: string | undefined
  /** W3C trace context, passed on. */
  traceparent: string | undefined
}

/** Longer than this nobody waits for the first page: the browser asks itself. */
const BUDGET_MS = 150

/** The services' answers for one page, made at once and within the budget. */
export class PageData {
  /** What came, by the key that the browser looks it up with. */
  readonly boot: Record<string, unknown> = {}
  readonly #visit: Visit
  readonly #signal = AbortSignal.timeout(BUDGET_MS)
  /** Set when a service said that there is no such thing. */
  isMissing = false

  constructor(visit: Visit) {
    this.#visit = visit
  }

  /** Asks for it; `loading` when it did not come in time, so that its place is kept. */
  async load<T>(query: Query<T> | undefined): Promise<Region<T>> {
    const { api, origin, traceparent } = this.#visit
    if (!query || !api) return { state: 'loading' }
    try {
      const { host, protocol } = new URL(origin)
      const answer = await ask(api + query.path, {
        signal: this.#signal,
        headers: {
          host,
          'x-forwarded-proto': protocol.slice(0, -1),
          accept: 'application/json',
          ...(traceparent === undefined ? {} : { traceparent }),
        },
      })
      if (answer.statusCode !== 200) {
        if (answer.statusCode === 404) this.isMissing = true
        await answer.body.dump()
        return { state: 'loading' }
      }
      const reply = await answer.body.json()
      const value = query.map ? query.map(reply as never) : (reply as T)
      this.boot[query.key] = value
      return { state: 'ok', value }
    } catch {
      return { state: 'loading' }
    }
  }
}
