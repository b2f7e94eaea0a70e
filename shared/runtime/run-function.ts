import { fault } from '../http/errors.ts'
import { MAX_BODY, readBody } from './body.ts'
import { call } from './call.ts'
import { toEvent } from './event.ts'
import { type Exchange, finish } from './exchange.ts'
import { eventHeaders } from './incoming.ts'
import type { Reply } from './reply.ts'
import type { Route } from './routes.ts'
import type { State } from './state.ts'

/** One for all: in a flood it would be made for most, and costs more than it says. */
const FULL = fault('unavailable', 'Too much to do at the moment')

/** Fails with `unavailable` when this process has more to do than it can. */
export function refuseWhenFull(state: State, { service }: Route): void {
  const waits = () => (state.options.waiting?.(service.name) ?? 0) > 0
  if (state.pressure.overloaded(waits)) throw FULL
}

/** Reads the body, makes the event and calls the function, within the limits of both. */
export async function runFunction(
  state: State,
  exchange: Exchange,
  route: Route,
  params: Record<string, string>,
  path: string,
): Promise<Reply> {
  const { facts, marks } = exchange
  const { contract } = route.endpoint
  const meter = state.meters.get(route) ?? state.unrouted
  if (contract.concurrency !== undefined && meter.inFlight >= contract.concurrency)
    throw fault('rate_limited', 'Too many of these at once')
  meter.inFlight++
  state.pressure.inFlight++
  try {
    const coming = bodyOf(exchange, route)
    const body = coming instanceof Promise ? await coming : coming
    const event = eventOf(state, exchange, route, params, path, body)
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
    state.recent?.add(route.functionName, event, reply, performance.now() - marks.started)
    finish(meter, exchange, route.endpoint, params, reply.status)
    return reply
  } finally {
    meter.inFlight--
    state.pressure.inFlight--
  }
}

function bodyOf(
  { asked, outlet, facts, expects }: Exchange,
  { endpoint }: Route,
): Promise<Buffer | undefined> | Buffer | undefined {
  if (!facts.chunked && !facts.contentLength) return undefined
  const limit = endpoint.contract.upload?.maxBytes ?? MAX_BODY
  const begin = expects ? () => outlet.proceed() : undefined
  return readBody(asked.body, facts.contentLength, limit, begin)
}

function eventOf(
  state: State,
  { asked, client, marks }: Exchange,
  route: Route,
  pathParameters: Record<string, string>,
  path: string,
  body: Buffer | undefined,
) {
  const { requestId, traceparent } = marks
  return toEvent({
    method: asked.method,
    rawTarget: asked.target,
    path,
    rawHeaders: eventHeaders(asked.rawHeaders, client, state.port, requestId, traceparent),
    body,
    sourceIp: client.address,
    routeKey: route.key,
    pathParameters,
    protocol: `HTTP/${asked.version}`,
    requestId,
    now: Date.now(),
    domainName: client.host,
  })
}
