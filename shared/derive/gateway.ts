import type { Service } from '../http/service.ts'
import { rootsPattern } from './traefik.ts'

/** What one service owns of the path space; plain JSON. */
export type GatewayRoute = { service: string; roots: string[]; port: number }

/** The rules of the Traefik tags as data, for a gateway that reads no tags. */
export function gatewayTable(services: readonly Service[]): GatewayRoute[] {
  return services.map(({ name, roots, port }) => ({
    service: name,
    roots: [...roots].sort(),
    port,
  }))
}

/** What no page of the storefront can be: the API, and what is between services or for operators. */
const NOBODYS = /^\/(api|internal|_|metrics|livez|readyz)(\/|$)/

/**
 * Who answers a path as it stands in the request line, without its query: a service, the
 * storefront, or nobody (undefined). A path that cannot be read is nobody's.
 */
export function owner(table: readonly GatewayRoute[], path: string): string | undefined {
  const clean = cleanPath(path)
  if (clean === undefined) return undefined
  for (const route of table) if (patternOf(route).test(clean)) return route.service
  return NOBODYS.test(clean) ? undefined : 'storefront'
}

const patterns = new WeakMap<GatewayRoute, RegExp>()

function patternOf(route: GatewayRoute): RegExp {
  const known = patterns.get(route)
  if (known) return known
  const made = new RegExp(rootsPattern(route.roots))
  patterns.set(route, made)
  return made
}

/**
 * A path as Traefik looks at it: unreserved characters decoded, `.`, `..` and doubled slashes
 * resolved. Undefined for what it refuses as we configure it: an encoded slash, backslash or NUL,
 * or broken encoding. https://doc.traefik.io/traefik/security/request-path/
 */
export function cleanPath(path: string): string | undefined {
  if (!path.startsWith('/') || /%(2f|5c|00)/i.test(path)) return undefined
  if (/%(?![0-9a-f]{2})/i.test(path)) return undefined
  if (!/%|\/\/|\/\./.test(path)) return path
  const decoded = path.replace(/%[0-9a-f]{2}/gi, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16))
    return /[\w.~-]/.test(character) ? character : code.toUpperCase()
  })
  const segments: string[] = []
  for (const segment of decoded.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  const closed = /\/\.{0,2}$/.test(decoded) && segments.length > 0 ? '/' : ''
  return `/${segments.join('/')}${closed}`
}
