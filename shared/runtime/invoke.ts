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

const tables = new WeakMap<Service, RouteTable>()

/** Calls one function in this process, with the event that it would get through the host. */
export async function invoke(services: readonly Service[], request: Invoke): Promise<Invoked> {
  const started = performance.now()
  const requestId = requestIdOf(given(request, 'x-request-id'))
  const debug = request.debug ?? settings().debug
  let functionName: string | undefined
  let reply: Reply
  try {
    const { route, params, path } = find(services, request)
    functionName = route.functionName
    reply = await run(request, route, params, path, requestId, debug)
    const good = reply.status < 300 || reply.status === 304
    if (good && request.method !== 'HEAD') route.endpoint.served?.(params)
  } catch (error) {
    const failure = error instanceof Fault ? error : fault('internal')
    if (failure.status === 500) log.error('invoker failed', { error })
    const path = request.target.split('?', 1)[0] ?? ''
    reply = problemReply(failure, path, requestId, debug ? error : undefined)
  }
  return {
    ...reply,
    body: bytesOf(reply.body),
    function: functionName,
    ms: performance.now() - started,
  }
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

function run(
  request: Invoke,
  route: Route,
  params: Record<string, string>,
  path: string,
  requestId: string,
  debug: boolean,
): Promise<Reply> {
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
  const timeoutMs = request.timeoutMs ?? route.endpoint.contract.timeout * 1000
  return call(route, event, { requestId, traceparent, timeoutMs, debug })
}

function given(request: Invoke, name: string): string | undefined {
  return Object.entries(request.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1]
}
