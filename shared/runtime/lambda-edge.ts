import { timingSafeEqual } from 'node:crypto'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { Handler } from '../http/service.ts'

/** What only the CDN in front may say; a client's own are dropped. */
const ONLY_THE_EDGE = ['x-souk-edge', 'x-souk-address', 'x-souk-host', 'x-forwarded-host']

/**
 * A handler that knows its CDN by the key both share (`EDGE_KEY`): then the client's address and the
 * host it asked for are those the CDN tells. From anybody else such headers count for nothing.
 */
export function behindEdge(handler: Handler): Handler {
  return async (event, context) => handler(seenFromEdge(event, process.env.EDGE_KEY), context)
}

function seenFromEdge(event: APIGatewayProxyEventV2, key = ''): APIGatewayProxyEventV2 {
  const { headers } = event
  const kept = Object.entries(headers).filter(([name]) => !ONLY_THE_EDGE.includes(name))
  const clean = { ...event, headers: Object.fromEntries(kept) }
  if (key === '' || !equal(headers['x-souk-edge'] ?? '', key)) return clean
  const { 'x-souk-address': address, 'x-souk-host': host } = headers
  if (host) clean.headers['x-forwarded-host'] = host
  // Only services shorten each other's time, and they do not come this way.
  delete clean.headers['x-deadline-ms']
  if (!address) return clean
  const { http } = event.requestContext
  const requestContext = { ...event.requestContext, http: { ...http, sourceIp: address } }
  return { ...clean, requestContext }
}

function equal(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}
