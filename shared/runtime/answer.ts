import type { IncomingMessage, ServerResponse } from 'node:http'
import { cacheKey } from '../http/cached.ts'
import { corsHeaders } from '../http/cors.ts'
import { Fault, fault } from '../http/errors.ts'
import { ClientGone, discard } from './body.ts'
import { checkExchange, type Exchange, endSpan, finish, openExchange } from './exchange.ts'
import { type Peek, type Place, sendStored } from './fast.ts'
import { log } from './log.ts'
import { record } from './metrics.ts'
import { answerOptions } from './preflight.ts'
import { documentation, probe } from './probes.ts'
import { problemReply, type Reply, send } from './reply.ts'
import { match } from './routes.ts'
import { refuseWhenFull, runFunction } from './run-function.ts'
import type { State } from './state.ts'
import { readTarget } from './target.ts'

/** nginx's word for a client that did not wait. */
const GONE = 499

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** The two listeners of a server: for a request, and for one that waits for `100 Continue`. */
export function answerer(state: State): { request: Listener; checkContinue: Listener } {
  const listen =
    (expects: boolean): Listener =>
    (request, response) => {
      const exchange = openExchange(state, request, response, expects)
      const place = exchange.read ? state.places.recall(nameOf(exchange)) : undefined
      const found = place && peek(state, exchange, place)
      if (!place || !found) void answer(state, exchange)
      else if (!(found instanceof Promise)) answerStored(state, exchange, place, found)
      else
        found.then(
          (stored) =>
            stored ? answerStored(state, exchange, place, stored) : void answer(state, exchange),
          // When it cannot be told whether it is true, the function says what is wrong.
          () => void answer(state, exchange),
        )
    }
  return { request: listen(false), checkContinue: listen(true) }
}

function nameOf({ client, target }: Exchange): string {
  return `${client.scheme}://${client.host} ${target}`
}

/** What is stored. May reject when that cannot be told. */
function peek(state: State, exchange: Exchange, { route, key }: Place): ReturnType<Peek> {
  exchange.peeked = true
  return state.options.peek?.(route.endpoint.contract, key)
}

/** Answers in full; never rejects. */
async function answer(state: State, exchange: Exchange): Promise<void> {
  const { request, response, marks, method } = exchange
  let reply: Reply | undefined
  try {
    reply = await replyTo(state, exchange)
  } catch (error) {
    if (error instanceof ClientGone) return endSpan(exchange, GONE)
    reply = faultReply(state, exchange, error)
    record(state.unrouted, reply.status, (performance.now() - marks.started) / 1000)
  }
  if (!reply) return
  marks.close ||= state.draining
  if (state.cors) allowOrigin(reply, exchange.facts.origin)
  try {
    send(response, method, reply, marks)
  } catch (error) {
    log.error('answer could not be sent', { error, function_request_id: marks.requestId })
    response.destroy()
  }
  endSpan(exchange, reply.status)
  if (!request.complete) discard(request)
}

/** Functions say it themselves; what the host answers for them a page has to be able to read too. */
function allowOrigin(reply: Reply, origin: string | undefined): void {
  if (reply.headers.some(([name]) => name === 'vary')) return
  const cors = corsHeaders({}, origin)
  const kept = reply.headers.filter(([name]) => !Object.hasOwn(cors, name))
  reply.headers = [...kept, ...Object.entries(cors)]
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
  checkExchange(state, exchange)
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
  exchange.route = route
  const { contract } = route.endpoint
  refuseWhenFull(state, route)
  if (exchange.read && contract.cache && state.options.peek) {
    const key = cacheKey(contract, `${client.scheme}://${client.host}`, path, rawQuery)
    const place = { route, params, key }
    const found = exchange.peeked ? undefined : peek(state, exchange, place)
    const stored = await (found instanceof Promise ? found.catch(() => undefined) : found)
    if (stored) {
      state.places.remember(nameOf(exchange), place)
      answerStored(state, exchange, place, stored)
      return undefined
    }
    state.storedMisses++
  }
  return runFunction(state, exchange, route, params, path)
}

function answerStored(
  state: State,
  exchange: Exchange,
  { route, params }: Place,
  stored: Parameters<typeof sendStored>[2],
): void {
  const { response, method, facts, marks } = exchange
  const cors = state.cors ? corsHeaders(route.endpoint.contract, facts.origin) : undefined
  marks.close ||= state.draining
  const status = sendStored(response, method, stored, facts.ifNoneMatch, marks, cors)
  state.storedHits++
  exchange.route = route
  endSpan(exchange, status, true)
  finish(state.meters.get(route) ?? state.unrouted, exchange, route.endpoint, params, status)
}
