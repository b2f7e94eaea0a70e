import * as z from 'zod'
import type { Request } from './contract.ts'
import { MAX_INTEGER } from './params.ts'

/** A whole number in a query, within bounds. */
export function queryInteger(min: number, max: number) {
  return z
    .string()
    .regex(/^-?\d{1,10}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
}

/** `limit` and `offset` of every list. */
export const pageQuery = {
  limit: queryInteger(1, 100).default(20).meta({ description: 'Most results in one page' }),
  offset: queryInteger(0, MAX_INTEGER).default(0).meta({ description: 'Results to skip' }),
}

/** The envelope of every list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    count: z.int().min(0),
    next: z.url().nullable(),
    previous: z.url().nullable(),
    results: z.array(item),
  })
}

/** Absolute addresses of the pages beside this one, as the client sees them, or null. */
export function pageLinks(
  request: Pick<Request, 'origin' | 'path' | 'rawQuery'>,
  query: { limit: number; offset: number },
  count: number,
): { next: string | null; previous: string | null } {
  const { limit, offset } = query
  return {
    next: offset + limit < count ? pageAt(request, { limit, offset: offset + limit }) : null,
    previous: offset > 0 ? pageAt(request, { limit, offset: Math.max(0, offset - limit) }) : null,
  }
}

/** The address asked for, with some of its query replaced; null removes a key. */
export function pageAt(
  request: Pick<Request, 'origin' | 'path' | 'rawQuery'>,
  replace: Record<string, string | number | null>,
): string {
  const search = new URLSearchParams(request.rawQuery)
  for (const [key, value] of Object.entries(replace)) {
    if (value === null || (key === 'offset' && value === 0)) search.delete(key)
    else search.set(key, String(value))
  }
  const query = search.toString()
  return `${request.origin}${encodeURI(request.path)}${query ? `?${query}` : ''}`
}
