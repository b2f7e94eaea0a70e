import { createHash } from 'node:crypto'
import type { Contract } from './contract.ts'

/**
 * Where the answer to a cacheable GET is kept: operation, origin (pages hold absolute addresses),
 * path, and those query keys that the contract knows, in one order.
 */
export function cacheKey(
  contract: Contract,
  origin: string,
  path: string,
  rawQuery: string,
): string {
  const place = `${contract.service}/${contract.name}|${origin}|${path.endsWith('/') ? path : `${path}/`}`
  if (!rawQuery || !contract.query) return place
  const shape = contract.query.shape
  const known = [...new URLSearchParams(rawQuery)].filter(([key]) => Object.hasOwn(shape, key))
  if (known.length === 0) return place
  known.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const query = new URLSearchParams(known).toString()
  return `${place}?${query.length > 200 ? createHash('sha256').update(query).digest('base64url') : query}`
}

/** A 304 says nothing of the content it does not carry. */
export function notModifiedHeaders(headers: Record<string, string>): Record<string, string> {
  const { 'content-type': _type, 'content-length': _length, ...rest } = headers
  return rest
}
