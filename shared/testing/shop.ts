import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { startGateway } from '../../gateway/gateway.ts'
import { responses } from '../data/cache.ts'
import type { Database } from '../data/postgres.ts'
import { gatewayTable } from '../derive/gateway.ts'
import { openapi } from '../derive/openapi.ts'
import type { User } from '../http/contract.ts'
import type { Service } from '../http/service.ts'
import { type Host, startHost } from '../runtime/host.ts'
import { invoke } from '../runtime/invoke.ts'
import { conformance } from './conformance.ts'
import { testDatabase } from './database.ts'
import { joinGateway, type OuterGateway, outer } from './outer-gateway.ts'
import { accessToken, believe, makeTestKeys, personOf, type Role } from './tokens.ts'

/** In this process, over HTTP at the service's host, over HTTP through the gateway. */
export const doors = ['process', 'host', 'gateway'] as const
export type Door = (typeof doors)[number]

export type CallOptions = {
  door?: Door
  /** Whose access token to send; nobody's by default. */
  as?: Role | User | undefined
  headers?: Record<string, string>
  /** Sent as JSON. */
  body?: unknown
  /** Sent as multipart/form-data. */
  form?: FormData
  /** Sent as they are. */
  bytes?: string | Buffer
}

export type Reply = {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests say themselves what an answer holds
  body: any
  text: string
  bytes: Buffer
}

export type Shop = {
  doors: readonly Door[]
  call(method: string, target: string, options?: CallOptions): Promise<Reply>
  token(user: Role | User): string
  user(user: Role | User): User
  db(service: string): Database
  /** Base URL of a door; not of `process`. */
  url(door: 'host' | 'gateway', service?: string): string
  close(): Promise<void>
}

export type ShopOptions = {
  /** Base URLs to take for services that are not opened here, by name. */
  upstreams?: Record<string, string>
  environment?: Record<string, string>
}

/**
 * Opens services for a test: a fresh, migrated database each, a key that signs its tokens, and three
 * doors. Every answer that `call` gets is held against the OpenAPI document of its service.
 */
export async function openShop(
  services: readonly Service[],
  options: ShopOptions = {},
): Promise<Shop> {
  const ports = await freePorts(services.length)
  const own = services.map((it, at) => [it.name, `http://127.0.0.1:${ports[at]}`] as const)
  environment(
    { ...options.upstreams, ...Object.fromEntries(own) },
    { ...outer?.environment, ...options.environment },
  )
  const keys = makeTestKeys()
  believe(keys)
  const databases = new Map<string, Awaited<ReturnType<typeof testDatabase>>>()
  const hosts: Host[] = []
  for (const [at, service] of services.entries()) {
    databases.set(service.name, await testDatabase(service.name))
    hosts.push(
      await startHost({
        services: [service],
        port: ports[at] ?? 0,
        address: outer?.address ?? '127.0.0.1',
        peek: (contract, key) => responses(contract.service).peek(key),
      }),
    )
  }
  const gateway = outer ? await joinGateway(services, ports) : await ownGateway(services, own)
  const checks = services.map((it) => conformance(openapi(it)))
  const user = (who: Role | User) => (typeof who === 'string' ? personOf(who) : who)
  const url = (door: 'host' | 'gateway', service?: string) =>
    door === 'gateway'
      ? gateway.base
      : (own.find(([it]) => it === service) ?? own[0] ?? ['', ''])[1]

  async function call(method: string, target: string, given: CallOptions = {}): Promise<Reply> {
    const request = await requestOf(method, given, (who) => accessToken(keys, user(who)))
    const { door = 'process' } = given
    const reply =
      door === 'process'
        ? await inProcess(services, method, target, request)
        : await overHttp(url(door, ownerOf(services, target)), method, target, request)
    const path = target.split('?', 1)[0] ?? target
    const violations = checks
      .map((it) =>
        it.check({
          method,
          path,
          status: reply.status,
          headers: reply.headers,
          bodyText: reply.text,
        }),
      )
      .filter((it) => it !== undefined)
      .flat()
    if (violations.length > 0)
      throw new Error(`${method} ${target} broke its contract:\n${violations.join('\n')}`)
    return reply
  }

  return {
    doors,
    call,
    user,
    url,
    token: (who) => accessToken(keys, user(who)),
    db(name) {
      const found = databases.get(name)
      if (!found) throw new Error(`No service ${name} in this shop`)
      return found.db
    },
    close: () => close(gateway, hosts, [...databases.values()]),
  }
}

async function ownGateway(
  services: readonly Service[],
  own: readonly (readonly [string, string])[],
): Promise<OuterGateway> {
  const { port, close } = await startGateway({
    port: 0,
    address: '127.0.0.1',
    routes: gatewayTable(services),
    instances: (name) => own.filter(([it]) => it === name).map(([, url]) => url),
  })
  return { base: `http://127.0.0.1:${port}`, close }
}

type Sent = { headers: Record<string, string>; body: Buffer | undefined }

async function requestOf(
  method: string,
  given: CallOptions,
  tokenOf: (who: Role | User) => string,
): Promise<Sent> {
  const headers: Record<string, string> = {}
  let body: Buffer | undefined
  if (given.form) {
    const encoded = new Response(given.form)
    headers['content-type'] = encoded.headers.get('content-type') ?? ''
    body = Buffer.from(await encoded.arrayBuffer())
  } else if (given.bytes !== undefined) body = Buffer.from(given.bytes)
  else if (given.body !== undefined) body = Buffer.from(JSON.stringify(given.body))
  if (body && !given.form && method !== 'GET') headers['content-type'] = 'application/json'
  if (given.as) headers.authorization = `Bearer ${tokenOf(given.as)}`
  for (const [name, value] of Object.entries(given.headers ?? {}))
    headers[name.toLowerCase()] = value
  return { headers, body }
}

async function inProcess(
  services: readonly Service[],
  method: string,
  target: string,
  sent: Sent,
): Promise<Reply> {
  const headers = { host: 'localhost', ...sent.headers }
  const body = sent.body ? { body: sent.body } : {}
  const result = await invoke(services, { method, target, headers, ...body })
  return replyOf(result.status, new Headers(result.headers), result.body)
}

async function overHttp(base: string, method: string, target: string, sent: Sent): Promise<Reply> {
  const answer = await fetch(base + target, {
    method,
    headers: sent.headers,
    redirect: 'manual',
    ...(sent.body ? { body: new Uint8Array(sent.body) } : {}),
  })
  return replyOf(answer.status, answer.headers, Buffer.from(await answer.arrayBuffer()))
}

function replyOf(status: number, headers: Headers, bytes: Buffer): Reply {
  const text = bytes.toString()
  const isJson = /json/.test(headers.get('content-type') ?? '') && text !== ''
  return { status, headers, text, bytes, body: isJson ? JSON.parse(text) : undefined }
}

function ownerOf(services: readonly Service[], target: string): string | undefined {
  const path = target.split('?', 1)[0] ?? ''
  return services.find((it) =>
    it.roots.some((root) => path === root || path.startsWith(`${root}/`)),
  )?.name
}

function environment(upstreams: Record<string, string>, more: Record<string, string> = {}): void {
  const names = Object.entries(upstreams).map(([name, url]) => [
    `SERVICE_${name.toUpperCase()}_URL`,
    url,
  ])
  Object.assign(process.env, {
    SECRET_KEY: process.env.SECRET_KEY ?? randomBytes(48).toString('base64url'),
    LOGGING_LVL: process.env.LOGGING_LVL ?? 'ERROR',
    CHECK_REPLIES: 'true',
    ...Object.fromEntries(names),
    ...more,
  })
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((it) => (it.address() as AddressInfo).port)
  await Promise.all(servers.map((it) => new Promise((resolve) => it.close(resolve))))
  return ports
}

async function close(
  gateway: OuterGateway,
  hosts: readonly Host[],
  databases: readonly { drop: () => Promise<void> }[],
): Promise<void> {
  await gateway.close()
  await Promise.all(hosts.map((it) => it.drain()))
  await Promise.all(databases.map((it) => it.drop()))
}
