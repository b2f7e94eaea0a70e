import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { Fault, fault } from '../http/errors.ts'
import type { Service } from '../http/service.ts'
import { call } from './call.ts'
import { toEvent } from './event.ts'
import { requestIdOf, traceparentOf } from './ids.ts'
import { type Client, eventHeaders, readIncoming } from './incoming.ts'
import { log } from './log.ts'
import { problemReply, type Reply } from './reply.ts'
import { bytesOf } from './result.ts'
import { match, type Route, type RouteTable, routeTable } from './routes.ts'
import { settings } from './settings.ts'
import { readTarget } from './target.ts'

export type Invoke = {
  method: string
  /** Path and query, encoded: `/api/v1/products/?limit=2`. */
  target: string
  headers?: Record<string, string>
  body?: string | Buffer
  /** The contract's own when absent. */
  timeoutMs?: number
  debug?: boolean
}

export type Invoked = Omit<Reply, 'body'> & {
  body: Buffer
  /** `souk-<service>-<operation>`; undefined when no function was reached. */
  function: string | undefined
  ms: number
}

/** One call before it is made: the function, and the event that the host would hand it. */
export type Prepared = { route: Route; event: APIGatewayProxyEventV2; traceparent: string }

const tables = new WeakMap<Service, RouteTable>()

/** Calls one function in this process, with the event that it would get through the host. */
export async function invoke(services: readonly Service[], request: Invoke): Promise<Invoked> {
  const started = performance.now()
  const requestId = requestIdOf(given(request, 'x-request-id'))
  let prepared: Prepared
  try {
    prepared = prepare(services, request, requestId)
  } catch (error) {
    const path = request.target.split('?', 1)[0] ?? ''
    return failed(error, path, requestId, request.debug ?? settings().debug, started)
  }
  return invokePrepared(prepared, request)
}

/** As `invoke` does it, up to the call. Fails with `not_found` or `method_not_allowed`. */
export function prepare(
  services: readonly Service[],
  request: Invoke,
  requestId = requestIdOf(given(request, 'x-request-id')),
): Prepared {
  const { route, params, path } = find(services, request)
  return { route, ...eventOf(request, route, params, path, requestId) }
}

/** The second half of `invoke`; takes an event from anywhere. */
export async function invokePrepared(
  { route, event, traceparent }: Prepared,
  options: Pick<Invoke, 'timeoutMs' | 'debug'> = {},
): Promise<Invoked> {
  const started = performance.now()
  const { requestId, http } = event.requestContext
  const { contract, served } = route.endpoint
  const debug = options.debug ?? settings().debug
  try {
    const timeoutMs = options.timeoutMs ?? contract.timeout * 1000
    const reply = await call(route, event, { requestId, traceparent, timeoutMs, debug })
    const good = reply.status < 300 || reply.status === 304
    if (good && http.method !== 'HEAD')
      served?.((event.pathParameters ?? {}) as Record<string, string>)
    return invoked(reply, route.functionName, started)
  } catch (error) {
    return {
      ...failed(error, event.rawPath, requestId, debug, started),
      function: route.functionName,
    }
  }
}

function failed(
  error: unknown,
  path: string,
  requestId: string,
  debug: boolean,
  started: number,
): Invoked {
  const failure = error instanceof Fault ? error : fault('internal')
  if (failure.status === 500) log.error('invoker failed', { error })
  const reply = problemReply(failure, path, requestId, debug ? error : undefined)
  const headers: Reply['headers'] = [...reply.headers, ['x-request-id', requestId]]
  return invoked({ ...reply, headers }, undefined, started)
}

function invoked(reply: Reply, name: string | undefined, started: number): Invoked {
  const ms = performance.now() - started
  return { ...reply, body: bytesOf(reply.body), function: name, ms }
}

/** Each service by itself: internal endpoints have the same path in several of them. */
function find(services: readonly Service[], { method, target }: Invoke) {
  const { path } = readTarget(target)
  let allow: string | undefined
  for (const service of services) {
    const table = tables.get(service) ?? routeTable([service])
    tables.set(service, table)
    const found = match(table, method, path)
    if (found.found === 'route') return { ...found, path }
    if (found.found === 'path') allow ??= found.allow
  }
  if (allow === undefined) throw fault('not_found')
  throw fault('method_not_allowed', undefined, { headers: { allow } })
}

function eventOf(
  request: Invoke,
  route: Route,
  params: Record<string, string>,
  path: string,
  requestId: string,
) {
  const raw = Object.entries(request.headers ?? {}).flat()
  const facts = readIncoming(raw)
  const { forwarded } = facts
  const client: Client = {
    address: '127.0.0.1',
    host: forwarded.host ?? facts.host ?? 'localhost',
    scheme: forwarded.proto === 'https' ? 'https' : 'http',
  }
  if (facts.host === undefined) raw.push('host', client.host)
  const body = request.body === undefined ? undefined : Buffer.from(request.body)
  if (body && facts.contentLength === undefined) raw.push('content-length', String(body.length))
  const traceparent = traceparentOf(facts.traceparent)
  const event = toEvent({
    method: request.method,
    rawTarget: request.target,
    path,
    rawHeaders: eventHeaders(raw, client, 80, requestId, traceparent),
    body,
    sourceIp: client.address,
    routeKey: route.key,
    pathParameters: params,
    protocol: 'HTTP/1.1',
    requestId,
    now: Date.now(),
    domainName: client.host,
  })
  return { event, traceparent }
}

function given(request: Invoke, name: string): string | undefined {
  return Object.entries(request.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1]
}
