import { preflightHeaders } from '../http/cors.ts'
import { fault } from '../http/errors.ts'
import { securityHeaders } from '../http/headers.ts'
import type { Reply } from './reply.ts'
import { match, type RouteTable } from './routes.ts'

const ANY = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT'

/** Answers OPTIONS: what the path allows, and to an allowed origin what its pages may do. */
export function answerOptions(
  table: RouteTable,
  path: string,
  origin?: string,
  wanted?: string,
): Reply {
  const here = path === '*' ? { found: 'path' as const, allow: ANY } : match(table, 'OPTIONS', path)
  if (here.found !== 'path') throw fault('not_found')
  const headers: [string, string][] = [...Object.entries(securityHeaders), ['allow', here.allow]]
  if (origin !== undefined && wanted !== undefined) {
    const target = match(table, wanted, path)
    const contract = target.found === 'route' ? target.route.endpoint.contract : {}
    const cors = preflightHeaders(contract, origin, here.allow.split(', '))
    headers.push(...Object.entries(cors ?? { vary: 'Origin' }))
  }
  const named = new Map(headers)
  return { status: 204, headers: [...named], body: '' }
}
