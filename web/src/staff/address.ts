import { go } from '../lib/router.ts'

/** Rows of one page of a staff list. */
export const ROWS = 25

/** The page that an address asks for, from 1. */
export function pageOf(url: URL): number {
  const page = Number(url.searchParams.get('page'))
  return Number.isInteger(page) && page > 0 && page < 100_000 ? page : 1
}

/** The same address with other choices; empty ones are left out, and the first page is back. */
export function withChoices(url: URL, choices: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(url.search)
  query.delete('page')
  for (const [name, value] of Object.entries(choices))
    if (value) query.set(name, value)
    else query.delete(name)
  return query.size > 0 ? `${url.pathname}?${query}` : url.pathname
}

/** Goes there in place: choosing among filters is no other place to come back from. */
export function choose(url: URL, choices: Readonly<Record<string, string>>): void {
  const href = withChoices(url, choices)
  if (href !== url.pathname + url.search) go(href, { replace: true })
}
