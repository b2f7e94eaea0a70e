import type { Api } from '../../../functions/catalog.ts'

/** Every route of the catalog; calls are typed by it, and nothing is generated. */
export type Route = keyof Api & string
export type Part<R extends Route, K extends string> = K extends keyof Api[R] ? Api[R][K] : undefined
export type Values = Readonly<Record<string, string | number | boolean | undefined>>

export type ReplyOf<R extends Route> = Part<R, 'reply'>

/** A read that can be named, kept, and made by the server as well as here. */
export type Query<T> = {
  /** What it is kept under: the path, unless `map` makes something else of the answer. */
  key: string
  path: string
  map?: (reply: never) => T
  as?: 'user' | 'maybe'
  /** Names the type; never there. */
  holds?: T
}

type GetRoute = Extract<Route, `GET ${string}`>
type Given = Readonly<Record<string, string | number | undefined>>

/** A query for a route of the catalog. */
export function get<R extends GetRoute>(
  route: R,
  given: { params?: Given; query?: Given; as?: 'user' | 'maybe' } = {},
): Query<ReplyOf<R>> {
  const path = pathOf(route, given.params, given.query)
  return { key: path, path, ...(given.as ? { as: given.as } : {}) }
}

/** The address of a route: parameters put in, query appended, undefined left out. */
export function pathOf(route: string, params: Values = {}, query: Values = {}): string {
  const pattern = route.slice(route.indexOf(' ') + 1)
  const path = pattern.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(params[name])))
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(key, String(value))
  return search.size > 0 ? `${path}?${search}` : path
}
