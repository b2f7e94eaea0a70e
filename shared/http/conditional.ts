import { createHash } from 'node:crypto'

/** A strong entity tag of these bytes, one part after the other, quoted. */
export function etagOf(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha1')
  for (const part of parts) hash.update(part)
  return `"${hash.digest('base64url')}"`
}

/**
 * Whether a tag stands in an `If-None-Match` or `If-Match` value: a list, `*`, weak tags.
 * `If-None-Match` compares weakly, `If-Match` strongly (RFC 9110, 8.8.3.2).
 */
export function etagMatches(value: string, etag: string, comparison: 'weak' | 'strong'): boolean {
  if (value === etag) return comparison === 'weak' || !etag.startsWith('W/')
  if (value.trim() === '*') return true
  const wanted = comparison === 'weak' ? etag.replace(/^W\//, '') : etag
  for (const [tag] of value.matchAll(/(?:W\/)?"[^"]*"/g)) {
    const candidate = comparison === 'weak' ? tag.replace(/^W\//, '') : tag
    if (candidate === wanted && !(comparison === 'strong' && tag.startsWith('W/'))) return true
  }
  return false
}
