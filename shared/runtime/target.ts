import { fault } from '../http/errors.ts'

/** Path and query of a request line, fit to be looked at. Fails with `invalid_request`. */
export function readTarget(target: string): { path: string; rawQuery: string } {
  if (!target.startsWith('/') || /[^\x21-\x7e]/.test(target))
    throw fault('invalid_request', 'The address is not a path')
  const mark = target.indexOf('?')
  let path: string
  try {
    path = decodePath(mark < 0 ? target : target.slice(0, mark))
  } catch {
    throw fault('invalid_request', 'The path is not well encoded')
  }
  if (path.includes('\0') || (path.includes('/.') && /\/\.\.?(?:\/|$)/.test(path)))
    throw fault('invalid_request', 'The path holds what a path cannot')
  return { path, rawQuery: mark < 0 ? '' : target.slice(mark + 1) }
}

/**
 * A path as AWS hands it on: decoded, and cut at a question mark that was encoded. Throws URIError
 * when the encoding is broken.
 */
export function decodePath(encoded: string): string {
  if (!encoded.includes('%')) return encoded
  const path = decodeURIComponent(encoded)
  const mark = path.indexOf('?')
  return mark < 0 ? path : path.slice(0, mark)
}

/**
 * Query parameters as API Gateway joins them: decoded, repeated keys with a comma. What cannot be
 * decoded stays as it was sent.
 */
export function readQuery(rawQuery: string): Record<string, string> {
  const values = new Map<string, string>()
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const key = decodePart(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : decodePart(pair.slice(equals + 1))
    const before = values.get(key)
    values.set(key, before === undefined ? value : `${before},${value}`)
  }
  return Object.fromEntries(values)
}

function decodePart(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}
