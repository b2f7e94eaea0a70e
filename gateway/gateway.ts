import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { cleanPath, type GatewayRoute, owner } from '../shared/derive/gateway.ts'
import { type ErrorCode, Fault, fault } from '../shared/http/errors.ts'
import { discard, readBody } from '../shared/runtime/body.ts'
import { connectionsOf, cutSlowReaders } from '../shared/runtime/connections.ts'
import { requestIdOf } from '../shared/runtime/ids.ts'
import { log } from '../shared/runtime/log.ts'
import { problemReply } from '../shared/runtime/reply.ts'
import { defaultLimits } from '../shared/runtime/state.ts'
import { type Span, tracing } from '../shared/runtime/tracing.ts'
import { refuseUnreadable } from '../shared/runtime/unreadable.ts'
import { pathBehind } from './behind.ts'
import { Instances } from './instances.ts'
import { passOn } from './proxy.ts'
import { takeShortcut, type Way } from './shortcut.ts'
import { traceAttempt, traceRequest } from './trace.ts'

export type GatewayOptions = {
  port: number
  address?: string
  /** Which service owns which path roots: the rules that Traefik gets as tags. */
  routes: readonly GatewayRoute[]
  /** Base URLs of a service's instances at the start. */
  instances: (service: string) => readonly string[]
  /** Answers what belongs to no service and does not start with /api/. */
  storefront?: (request: IncomingMessage, response: ServerResponse) => void
  /** Whether another gateway stands before this server, and sends it what nobody answers. */
  isBehindGateway?: boolean
  /** Whether who asks may say that its own visitor came by https; only where nobody else can ask. */
  keepsForwarding?: boolean
}

export type Gateway = {
  port: number
  instancesOf: (service: string) => Instances | undefined
  close: () => Promise<void>
}

/** Uploads are the largest; each service has its own, lower limits. */
const MAX_BODY = 6 * 1024 * 1024

/**
 * The gateway of the embedded mode: routes as Traefik does by the same derived table, balances over
 * instances, adds the forwarding headers. What no service owns goes to the storefront, but nothing
 * under /api/ ever does.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const services = new Map<string, Instances>()
  for (const { service } of options.routes) {
    const instances = new Instances()
    instances.set(options.instances(service))
    services.set(service, instances)
  }
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      requestTimeout: 35_000,
      headersTimeout: 5_000,
      keepAliveTimeout: 75_000,
      connectionsCheckingInterval: 1_000,
      requireHostHeader: true,
    },
    inTurn((request, response) => void route(options, services, request, response)),
  )
  server.on('clientError', refuseUnreadable)
  const shortcut = options.keepsForwarding
    ? undefined
    : takeShortcut(server, wayOf(options.routes, services))
  const stopCutting = cutSlowReaders(connectionsOf(server), defaultLimits)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.address ?? '0.0.0.0', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    instancesOf: (service) => services.get(service),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      shortcut?.close()
      await closed
      stopCutting()
      for (const instances of services.values()) instances.close()
    },
  }
}

/**
 * One request of a connection after the other. Several sent at once would each hold a connection to an
 * instance while their answers wait in line, and a client that reads nothing could hold them all.
 */
function inTurn(answer: RequestListener): RequestListener {
  const latest = new WeakMap<Socket, ServerResponse>()
  return (request, response) => {
    const before = latest.get(request.socket)
    latest.set(request.socket, response)
    if (!before || before.writableFinished) answer(request, response)
    else before.once('close', () => answer(request, response))
  }
}

/** Where nothing has to be done but to pass it on: a trace would have to be told of it. */
function wayOf(routes: readonly GatewayRoute[], services: ReadonlyMap<string, Instances>): Way {
  return (path) => {
    const service = tracing() ? undefined : owner(routes, path)
    const instances = service === undefined ? undefined : services.get(service)
    return service !== undefined && instances ? { service, instances } : undefined
  }
}

async function route(
  options: GatewayOptions,
  services: ReadonlyMap<string, Instances>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = request.url ?? '/'
  const at = target.indexOf('?')
  const path = at < 0 ? target : target.slice(0, at)
  const id = requestIdOf(one(request.headers['x-request-id']))
  const hosts = request.rawHeaders.filter((it, at) => at % 2 === 0 && /^host$/i.test(it))
  const clean = cleanPath(path)
  if (clean === undefined || hosts.length !== 1)
    return refuse(response, 'invalid_request', path, id, 'This address is not taken')
  // What is routed by is what is passed on: two programs must not read one path in two ways.
  request.url = at < 0 ? clean : clean + target.slice(at)
  const meant = options.isBehindGateway ? pathBehind(clean, request) : undefined
  if (meant !== undefined) return refuse(response, 'unavailable', meant, id)
  const service = owner(options.routes, clean)
  const span = traceRequest(request, response, clean, id, service)
  const instances = service === undefined ? undefined : services.get(service)
  if (service !== undefined && instances)
    return pass(options, instances, service, request, response, clean, id, span)
  if (service === undefined || !options.storefront) return refuse(response, 'not_found', path, id)
  options.storefront(request, response)
}

async function pass(
  options: GatewayOptions,
  instances: Instances,
  service: string,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  id: string,
  span: Span | undefined,
): Promise<void> {
  const announced = Number(request.headers['content-length'] ?? Number.NaN)
  let body: Buffer | undefined
  try {
    if (request.headers['transfer-encoding'] !== undefined || announced > 0)
      body = await readBody(request, announced, MAX_BODY)
  } catch (error) {
    if (error instanceof Fault) refuse(response, error.code, path, id, error.message)
    return discard(request)
  }
  const extra = forwarding(request, id, options.keepsForwarding === true)
  const first = instances.pick()
  let instance = first
  for (let attempt = 0; instance && attempt < 2; attempt++) {
    instance.inFlight++
    const hop = traceAttempt(span, request, service, instance.url)
    const outcome = await passOn(request, body, response, instance.upstream, extra)
    hop?.end(outcome === 'done' ? {} : { error: outcome })
    instance.inFlight--
    if (outcome === 'done') return instances.succeeded(instance)
    instances.failed(instance)
    log.warn('instance failed', { service, instance: instance.url, outcome, request_id: id })
    if (outcome === 'cut') return
    const repeatable = request.method === 'GET' || request.method === 'HEAD'
    if (outcome === 'broken' && !repeatable) break
    // A single instance that is being replaced closes its connections and answers on new ones.
    instance = instances.pick(first) ?? first
  }
  refuse(response, 'unavailable', path, id, `The ${service} service is not available`)
}

function forwarding(request: IncomingMessage, id: string, keeps: boolean): string[] {
  const { 'x-forwarded-proto': told } = request.headers
  return [
    'x-forwarded-for',
    request.socket.remoteAddress ?? '',
    'x-forwarded-proto',
    keeps && told === 'https' ? 'https' : 'http',
    'x-forwarded-host',
    request.headers.host ?? '',
    'x-request-id',
    id,
  ]
}

function one(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function refuse(
  response: ServerResponse,
  code: ErrorCode,
  path: string,
  id: string,
  detail?: string,
): void {
  if (response.headersSent || response.destroyed) return
  const reply = problemReply(fault(code, detail), path, id)
  const lines = reply.headers.flat()
  response.writeHead(reply.status, [...lines, 'x-request-id', id])
  response.end(reply.body)
}
