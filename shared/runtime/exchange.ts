import { fault } from '../http/errors.ts'
import type { Endpoint } from '../http/service.ts'
import { requestIdOf, traceparentOf } from './ids.ts'
import { type Client, clientOf, type Incoming, readIncoming } from './incoming.ts'
import { type Meter, record } from './metrics.ts'
import type { Marks } from './reply.ts'
import type { Route } from './routes.ts'
import type { State } from './state.ts'
import { type Span, tracing } from './tracing.ts'
import type { Asked, Outlet } from './transport.ts'

/** One request being answered. */
export type Exchange = {
  asked: Asked
  outlet: Outlet
  facts: Incoming
  client: Client
  marks: Marks
  /** Cacheable at most: a GET or HEAD without a body. */
  read: boolean
  /** Whether the store has been asked. */
  peeked: boolean
  /** Whether the client waits for a 100 before it sends its body. */
  expects: boolean
  /** Where traces are taken. */
  span: Span | undefined
  /** Once it is known. */
  route: Route | undefined
}

/** What asks whether we live asks every second: no trace of that. */
const PROBES = /^\/(livez|readyz|metrics)\b/

export function openExchange(
  state: State,
  asked: Asked,
  outlet: Outlet,
  expects: boolean,
): Exchange {
  const { method, target } = asked
  const facts = readIncoming(asked.rawHeaders)
  const tracer = tracing()
  const span =
    tracer && !PROBES.test(target) ? tracer.start(method, 'server', facts.traceparent) : undefined
  return {
    asked,
    outlet,
    facts,
    client: clientOf(asked.socket, facts, state.proxies),
    marks: {
      requestId: requestIdOf(facts.requestId),
      traceparent: span?.traceparent ?? traceparentOf(facts.traceparent),
      servedBy: state.servedBy,
      started: performance.now(),
      close: state.draining,
    },
    read: (method === 'GET' || method === 'HEAD') && !facts.contentLength && !facts.chunked,
    peeked: false,
    expects,
    span,
    route: undefined,
  }
}

/** The end of a request's span; 499 when the client has gone. */
export function endSpan({ span, route, asked, marks }: Exchange, status: number, stored = false) {
  if (!span) return
  const path = route?.endpoint.contract.path
  span.end({
    ...(path === undefined ? {} : { name: `${asked.method} ${path}` }),
    attributes: {
      'http.request.method': asked.method,
      'http.route': path,
      'http.response.status_code': status,
      'souk.function': route?.functionName,
      'souk.request_id': marks.requestId,
      'souk.stored': stored || undefined,
    },
    error: status >= 400 ? String(status) : undefined,
  })
}

/** What has to be right before anything is looked at. */
export function checkExchange(state: State, { asked, facts }: Exchange): void {
  if (facts.hosts > 1) throw fault('invalid_request', 'More than one Host header')
  if (facts.hosts === 0 && asked.version === '1.1')
    throw fault('invalid_request', 'The Host header is missing')
  if (asked.target.length > state.limits.maxTarget) throw fault('uri_too_long')
}

/** Counts an answer, and tells the endpoint of a good GET. */
export function finish(
  meter: Meter,
  { asked, marks }: Exchange,
  { served }: Endpoint,
  params: Record<string, string>,
  status: number,
): void {
  record(meter, status, (performance.now() - marks.started) / 1000)
  if (served && asked.method !== 'HEAD' && (status < 300 || status === 304)) served(params)
}
