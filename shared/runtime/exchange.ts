import type { IncomingMessage, ServerResponse } from 'node:http'
import { fault } from '../http/errors.ts'
import type { Endpoint } from '../http/service.ts'
import { requestIdOf, traceparentOf } from './ids.ts'
import { type Client, clientOf, type Incoming, readIncoming } from './incoming.ts'
import { type Meter, record } from './metrics.ts'
import type { Marks } from './reply.ts'
import type { State } from './state.ts'

/** One request being answered. */
export type Exchange = {
  request: IncomingMessage
  response: ServerResponse
  method: string
  target: string
  facts: Incoming
  client: Client
  marks: Marks
  /** Cacheable at most: a GET or HEAD without a body. */
  read: boolean
  /** Whether the store has been asked. */
  peeked: boolean
  /** Whether the client waits for a 100 before it sends its body. */
  expects: boolean
}

export function openExchange(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
  expects: boolean,
): Exchange {
  const facts = readIncoming(request.rawHeaders)
  const method = request.method ?? 'GET'
  return {
    request,
    response,
    method,
    target: request.url ?? '/',
    facts,
    client: clientOf(request, facts, state.proxies),
    marks: {
      requestId: requestIdOf(facts.requestId),
      traceparent: traceparentOf(facts.traceparent),
      servedBy: state.servedBy,
      started: performance.now(),
      close: state.draining,
    },
    read: (method === 'GET' || method === 'HEAD') && !facts.contentLength && !facts.chunked,
    peeked: false,
    expects,
  }
}

/** What has to be right before anything is looked at. */
export function checkExchange(state: State, { target, facts, request }: Exchange): void {
  if (facts.hosts > 1) throw fault('invalid_request', 'More than one Host header')
  if (facts.hosts === 0 && request.httpVersion === '1.1')
    throw fault('invalid_request', 'The Host header is missing')
  if (target.length > state.limits.maxTarget) throw fault('uri_too_long')
}

/** Counts an answer, and tells the endpoint of a good GET. */
export function finish(
  meter: Meter,
  { method, marks }: Exchange,
  { served }: Endpoint,
  params: Record<string, string>,
  status: number,
): void {
  record(meter, status, (performance.now() - marks.started) / 1000)
  if (served && method !== 'HEAD' && (status < 300 || status === 304)) served(params)
}
