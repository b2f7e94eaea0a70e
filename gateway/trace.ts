import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Span, tracing } from '../shared/runtime/tracing.ts'

/** What the container's health check asks for; no trace of that. */
const PROBE = '/robots.txt'

/** A request at the gateway as a span that ends with its answer; undefined where nobody traces. */
export function traceRequest(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  id: string,
  owner: string | undefined,
): Span | undefined {
  const tracer = tracing()
  if (!tracer || path === PROBE) return undefined
  const { method = 'GET' } = request
  const given = request.headers.traceparent
  const name = owner === undefined ? method : `${method} ${owner}`
  const span = tracer.start(name, 'server', typeof given === 'string' ? given : undefined, {
    'http.request.method': method,
    'souk.service': owner,
    'souk.request_id': id,
  })
  say(request, span.traceparent)
  response.once('close', () => {
    // 499: the client has gone before its answer was made.
    const status = response.writableFinished ? response.statusCode : 499
    const error = status >= 400 ? String(status) : undefined
    span.end({ attributes: { 'http.response.status_code': status }, error })
  })
  return span
}

/**
 * One attempt to pass a request on, as a span below the request's own; what is passed on from now on
 * names it as the one above.
 */
export function traceAttempt(
  above: Span | undefined,
  request: IncomingMessage,
  service: string,
  url: string,
): Span | undefined {
  if (!above) return undefined
  const { method = 'GET' } = request
  const { hostname, port } = new URL(url)
  const span = tracing()?.start(`${method} ${service}`, 'client', above.traceparent, {
    'http.request.method': method,
    'peer.service': service,
    'server.address': hostname,
    'server.port': Number(port) || undefined,
  })
  if (span) say(request, span.traceparent)
  return span
}

/** Puts our trace context in the place of the one that came. */
function say(request: IncomingMessage, traceparent: string): void {
  request.headers.traceparent = traceparent
  const raw = request.rawHeaders
  let found = false
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() !== 'traceparent') continue
    raw[at + 1] = traceparent
    found = true
  }
  if (!found) raw.push('traceparent', traceparent)
}
