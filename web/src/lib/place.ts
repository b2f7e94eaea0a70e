import { type Match, matchRoute } from '../routes.ts'

/** An address of the shop, read. */
export type Place = { url: URL; match: Match }

export function placeOf(href: string): Place {
  const url = new URL(href)
  return { url, match: matchRoute(url.pathname) }
}
