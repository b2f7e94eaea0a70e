import { cacheKey } from '../http/cached.ts'
import { corsHeaders } from '../http/cors.ts'
import { Fault, fault } from '../http/errors.ts'
import { ClientGone, discard } from './body.ts'
import { checkExchange, type Exchange, endSpan, finish, openExchange } from './exchange.ts'
import { type Peek, type Place, sendStored } from './fast.ts'
import { headersByName } from './incoming.ts'
import { log } from './log.ts'
import { record } from './metrics.ts'
import { answerOptions } from './preflight.ts'
import { documentation, probe } from './probes.ts'
import { problemReply, type Reply, send } from './reply.ts'
import { match } from './routes.ts'
import { refuseWhenFull, runFunction } from './run-function.ts'
import type { State } from './state.ts'
import { readTarget } from './target.ts'
import type { Asked, Outlet } from './transport.ts'

/** nginx's word for a client that did not wait. */
const GONE = 499

/** Answers every request that comes. `expects`: its client waits for `100 Continue` with its body. */
export function answerer(state: State): (asked: Asked, outlet: Outlet, expects?: boolean) => void {
  return (asked, outlet, expects = false) => {
    const exchange = openExchange(state, asked, outlet, expects)
    const place = exchange.read ? state.places.recall(nameOf(exchange)) : undefined
    const found = place && peek(state, exchange, place)
    if (!place || !found) answer(state, exchange)
    else if (!(found instanceof Promise)) answerStored(state, exchange, place, found)
    else
      found.then(
        (stored) =>
          stored ? answerStored(state, exchange, place, stored) : answer(state, exchange),
        // When it cannot be told whether it is true, the function says what is wrong.
        () => answer(state, exchange),
      )
  }
}

function nameOf({ client, asked }: Exchange): string {
  return `${client.scheme}://${client.host} ${asked.target}`
}

/** What is stored. May reject when that cannot be told. */
function peek(state: State, exchange: Exchange, { route, key }: Place): ReturnType<Peek> {
  exchange.peeked = true
  return state.options.peek?.(route.endpoint.contract, key)
}

/** Answers in full; never throws. */
function answer(state: State, exchange: Exchange): void {
  const failed = (error: unknown) => fail(state, exchange, error)
  try {
    const reply = replyTo(state, exchange)
    if (reply instanceof Promise) reply.then((it) => conclude(state, exchange, it), failed)
    else conclude(state, exchange, reply)
  } catch (error) {
    failed(error)
  }
}

function fail(state: State, exchange: Exchange, error: unknown): void {
  if (error instanceof ClientGone) {
    endSpan(exchange, GONE)
    return
  }
  const reply = faultReply(state, exchange, error)
  const seconds = (performance.now() - exchange.marks.started) / 1000
  record(state.unrouted, reply.status, seconds)
  conclude(state, exchange, reply)
}

/** Sends the reply, if none has been sent. */
function conclude(state: State, exchange: Exchange, reply: Reply | undefined): void {
  if (!reply) return
  const { asked, outlet, marks } = exchange
  marks.close ||= state.draining
  if (state.cors) allowOrigin(reply, exchange.facts.origin)
  try {
    send(outlet, asked.method, reply, marks)
  } catch (error) {
    log.error('answer could not be sent', { error, function_request_id: marks.requestId })
    outlet.cut()
  }
  endSpan(exchange, reply.status)
  discard(asked.body)
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
  const path = exchange.asked.target.split('?', 1)[0] ?? ''
  return problemReply(failure, path, exchange.marks.requestId, state.debug ? error : undefined)
}

/** The reply to send; undefined when one has been sent from the store. */
function replyTo(state: State, exchange: Exchange): Reply | Promise<Reply | undefined> {
  const { asked, facts, client } = exchange
  const { method, target } = asked
  checkExchange(state, exchange)
  if (method === 'OPTIONS' && target === '*') return answerOptions(state.table, '*')
  const { path, rawQuery } = readTarget(target)
  const probed = probe(state, method, path, client.address) ?? documentation(state, asked, path)
  if (probed) return probed
  if (method === 'OPTIONS') {
    const wanted = headersByName(asked.rawHeaders)['access-control-request-method']
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
  const work = () => runFunction(state, exchange, route, params, path)
  if (!exchange.read || !contract.cache || !state.options.peek) return work()
  const key = cacheKey(contract, `${client.scheme}://${client.host}`, path, rawQuery)
  return storedOr(state, exchange, { route, params, key }, work)
}

/** Answers from the store where that holds it; does the work otherwise. */
async function storedOr(
  state: State,
  exchange: Exchange,
  place: Place,
  work: () => Promise<Reply>,
): Promise<Reply | undefined> {
  const found = exchange.peeked ? undefined : peek(state, exchange, place)
  const stored = found instanceof Promise ? await found.catch(() => undefined) : found
  if (!stored) {
    state.storedMisses++
    return work()
  }
  state.places.remember(nameOf(exchange), place)
  answerStored(state, exchange, place, stored)
  return undefined
}

function answerStored(
  state: State,
  exchange: Exchange,
  { route, params }: Place,
  stored: Parameters<typeof sendStored>[2],
): void {
  const { asked, outlet, facts, marks } = exchange
  const cors = state.cors ? corsHeaders(route.endpoint.contract, facts.origin) : undefined
  marks.close ||= state.draining
  const status = sendStored(outlet, asked.method, stored, facts.ifNoneMatch, marks, cors)
  state.storedHits++
  exchange.route = route
  endSpan(exchange, status, true)
  finish(state.meters.get(route) ?? state.unrouted, exchange, route.endpoint, params, status)
}
