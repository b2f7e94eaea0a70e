import type { IncomingMessage, ServerResponse } from 'node:http'
import { cacheKey } from '../http/cached.ts'
import { corsHeaders } from '../http/cors.ts'
import { Fault, fault } from '../http/errors.ts'
import { ClientGone, discard, MAX_BODY, readBody } from './body.ts'
import { call } from './call.ts'
import { toEvent } from './event.ts'
import { type Peek, type Place, sendStored } from './fast.ts'
import { requestIdOf, traceparentOf } from './ids.ts'
import { type Client, clientOf, eventHeaders, type Incoming, readIncoming } from './incoming.ts'
import { log } from './log.ts'
import { type Meter, record } from './metrics.ts'
import { answerOptions } from './preflight.ts'
import { documentation, probe } from './probes.ts'
import { type Marks, problemReply, type Reply, send } from './reply.ts'
import { match, type Route } from './routes.ts'
import type { State } from './state.ts'
import { readTarget } from './target.ts'

type Exchange = {
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

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** The two listeners of a server: for a request, and for one that waits for `100 Continue`. */
export function answerer(state: State): { request: Listener; checkContinue: Listener } {
  const listen =
    (expects: boolean): Listener =>
    (request, response) => {
      const exchange = open(state, request, response, expects)
      const place = exchange.read ? state.places.recall(nameOf(exchange)) : undefined
      const found = place && peek(state, exchange, place)
      if (!place || !found) void answer(state, exchange)
      else if (!(found instanceof Promise)) answerStored(state, exchange, place, found)
      else
        void found.then((stored) =>
          stored ? answerStored(state, exchange, place, stored) : answer(state, exchange),
        )
    }
  return { request: listen(false), checkContinue: listen(true) }
}

/** What is stored; when that cannot be told, nothing: the function then says what is wrong. */
function peek(state: State, exchange: Exchange, { route, key }: Place): ReturnType<Peek> {
  exchange.peeked = true
  const found = state.options.peek?.(route.endpoint.contract, key)
  return found instanceof Promise ? found.catch(() => undefined) : found
}

function open(
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

function nameOf({ client, target }: Exchange): string {
  return `${client.scheme}://${client.host} ${target}`
}

/** Answers in full; never rejects. */
async function answer(state: State, exchange: Exchange): Promise<void> {
  const { request, response, marks, method } = exchange
  let reply: Reply | undefined
  try {
    reply = await replyTo(state, exchange)
  } catch (error) {
    if (error instanceof ClientGone) return
    reply = faultReply(state, exchange, error)
    record(state.unrouted, reply.status, 0)
  }
  if (!reply) return
  marks.close ||= state.draining
  try {
    send(response, method, reply, marks)
  } catch (error) {
    log.error('answer could not be sent', { error, function_request_id: marks.requestId })
    response.destroy()
  }
  if (!request.complete) discard(request)
}

function faultReply(state: State, exchange: Exchange, error: unknown): Reply {
  const failure = error instanceof Fault ? error : fault('internal')
  if (failure.status === 500) log.error('host failed', { error })
  const path = exchange.target.split('?', 1)[0] ?? ''
  return problemReply(failure, path, exchange.marks.requestId, state.debug ? error : undefined)
}

/** The reply to send; undefined when one has been sent from the store. */
async function replyTo(state: State, exchange: Exchange): Promise<Reply | undefined> {
  const { method, facts, client } = exchange
  check(state, exchange)
  if (method === 'OPTIONS' && exchange.target === '*') return answerOptions(state.table, '*')
  const { path, rawQuery } = readTarget(exchange.target)
  const probed =
    probe(state, method, path, client.address) ?? documentation(state, exchange.request, path)
  if (probed) return probed
  if (method === 'OPTIONS') {
    const wanted = exchange.request.headers['access-control-request-method']
    return answerOptions(state.table, path, facts.origin, wanted)
  }
  const found = match(state.table, method, path)
  if (found.found === 'nothing') throw fault('not_found')
  if (found.found === 'path')
    throw fault('method_not_allowed', undefined, { headers: { allow: found.allow } })
  const { route, params } = found
  const { contract } = route.endpoint
  if (exchange.read && contract.cache && state.options.peek) {
    const key = cacheKey(contract, `${client.scheme}://${client.host}`, path, rawQuery)
    const place = { route, params, key }
    const stored = exchange.peeked ? undefined : await peek(state, exchange, place)
    if (stored) {
      state.places.remember(nameOf(exchange), place)
      answerStored(state, exchange, place, stored)
      return undefined
    }
    state.storedMisses++
  }
  return invoke(state, exchange, route, params, path)
}

/** What has to be right before anything is looked at. */
function check(state: State, { target, facts, request }: Exchange): void {
  if (facts.hosts > 1) throw fault('invalid_request', 'More than one Host header')
  if (facts.hosts === 0 && request.httpVersion === '1.1')
    throw fault('invalid_request', 'The Host header is missing')
  if (target.length > state.limits.maxTarget) throw fault('uri_too_long')
}

async function invoke(
  state: State,
  exchange: Exchange,
  route: Route,
  params: Record<string, string>,
  path: string,
): Promise<Reply> {
  const { request, response, facts, marks, client } = exchange
  const { contract } = route.endpoint
  const meter = state.meters.get(route) ?? state.unrouted
  if (state.pressure.overloaded()) throw fault('unavailable', 'Too much to do at the moment')
  if (contract.concurrency !== undefined && meter.inFlight >= contract.concurrency)
    throw fault('rate_limited', 'Too many of these at once')
  meter.inFlight++
  state.pressure.inFlight++
  try {
    let body: Buffer | undefined
    if (facts.chunked || facts.contentLength) {
      const limit = contract.upload?.maxBytes ?? MAX_BODY
      const begin = exchange.expects ? () => response.writeContinue() : undefined
      body = await readBody(request, facts.contentLength, limit, begin)
    }
    const event = toEvent({
      method: exchange.method,
      rawTarget: exchange.target,
      path,
      rawHeaders: eventHeaders(
        request.rawHeaders,
        client,
        state.port,
        marks.requestId,
        marks.traceparent,
      ),
      body,
      sourceIp: client.address,
      routeKey: route.key,
      pathParameters: params,
      protocol: `HTTP/${request.httpVersion}`,
      requestId: marks.requestId,
      now: Date.now(),
      domainName: client.host,
    })
    const { requestId, traceparent } = marks
    const timeoutMs = Math.min(
      contract.timeout * 1000,
      facts.deadlineMs ?? Number.POSITIVE_INFINITY,
    )
    const reply = await call(route, event, {
      requestId,
      traceparent,
      timeoutMs,
      debug: state.debug,
    })
    const ms = performance.now() - marks.started
    state.recent?.add(route.functionName, event, reply, ms)
    finish(meter, exchange, route, params, reply.status)
    return reply
  } finally {
    meter.inFlight--
    state.pressure.inFlight--
  }
}

function answerStored(
  state: State,
  exchange: Exchange,
  place: Place,
  stored: Parameters<typeof sendStored>[2],
): void {
  const { response, method, facts, marks } = exchange
  const { route, params } = place
  const cors = state.cors ? corsHeaders(route.endpoint.contract, facts.origin) : undefined
  const status = sendStored(response, method, stored, facts.ifNoneMatch, marks, cors)
  state.storedHits++
  finish(state.meters.get(route) ?? state.unrouted, exchange, route, params, status)
}

function finish(
  meter: Meter,
  { method, marks }: Exchange,
  { endpoint }: Route,
  params: Record<string, string>,
  status: number,
): void {
  record(meter, status, (performance.now() - marks.started) / 1000)
  if (endpoint.served && method !== 'HEAD' && (status < 300 || status === 304))
    endpoint.served(params)
}
