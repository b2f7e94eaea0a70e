import { isIP, type Socket } from 'node:net'
import type { TrustedProxies } from './settings.ts'

/** What the host reads off a request's headers, in one pass. */
export type Incoming = {
  /** Value of `Host`; undefined when there is none. */
  host: string | undefined
  /** How many `Host` headers came. */
  hosts: number
  requestId: string | undefined
  traceparent: string | undefined
  ifNoneMatch: string | undefined
  /** The `Origin` of a cross-site call. */
  origin: string | undefined
  /** Undefined when absent; NaN when it is no number. */
  contentLength: number | undefined
  chunked: boolean
  /** What is left of the caller's own deadline, ms. */
  deadlineMs: number | undefined
  forwarded: Forwarded
}

type Forwarded = {
  for: string | undefined
  host: string | undefined
  proto: string | undefined
}

/** Who asks, and by which address they know us. */
export type Client = { address: string; scheme: 'http' | 'https'; host: string }

/** Reads `rawHeaders`: building `headers` would cost more than all the rest of a cached answer. */
export function readIncoming(raw: readonly string[]): Incoming {
  const facts: Incoming = {
    host: undefined,
    hosts: 0,
    requestId: undefined,
    traceparent: undefined,
    ifNoneMatch: undefined,
    origin: undefined,
    contentLength: undefined,
    chunked: false,
    deadlineMs: undefined,
    forwarded: { for: undefined, host: undefined, proto: undefined },
  }
  for (let at = 0; at + 1 < raw.length; at += 2)
    take(facts, raw[at] as string, raw[at + 1] as string)
  return facts
}

/** By length first: most headers are none of these, and are never lower-cased. */
function take(facts: Incoming, name: string, value: string): void {
  switch (name.length) {
    case 4:
      if (name.toLowerCase() !== 'host') return
      facts.hosts++
      facts.host = value
      return
    case 6:
      if (name.toLowerCase() === 'origin') facts.origin = value
      return
    case 11:
      if (name.toLowerCase() === 'traceparent') facts.traceparent = value
      return
    case 12:
      if (name.toLowerCase() === 'x-request-id') facts.requestId = value
      return
    case 13:
      takeThirteen(facts, name.toLowerCase(), value)
      return
    case 14:
      if (name.toLowerCase() === 'content-length') facts.contentLength = Number(value)
      return
    case 15:
      if (name.toLowerCase() === 'x-forwarded-for')
        facts.forwarded.for = join(facts.forwarded.for, value)
      return
    case 16:
      if (name.toLowerCase() === 'x-forwarded-host') facts.forwarded.host = value
      return
    case 17:
      takeSeventeen(facts, name.toLowerCase(), value)
  }
}

function takeThirteen(facts: Incoming, name: string, value: string): void {
  if (name === 'if-none-match') facts.ifNoneMatch = join(facts.ifNoneMatch, value)
  else if (name === 'x-deadline-ms' && /^\d{1,7}$/.test(value)) facts.deadlineMs = Number(value)
}

function takeSeventeen(facts: Incoming, name: string, value: string): void {
  if (name === 'transfer-encoding') facts.chunked = true
  else if (name === 'x-forwarded-proto') facts.forwarded.proto = value
}

function join(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`
}

/** All of them, names in lower case, values of one name with commas between. */
export function headersByName(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase()
    headers[name] = join(headers[name], raw[at + 1] as string)
  }
  return headers
}

type Peer = { address: string; trusted: boolean }
const peers = new WeakMap<Socket, Peer>()

/**
 * The client as the nearest trusted proxies tell it; when the peer is none, the peer itself and
 * nothing that it says of others.
 */
export function clientOf(socket: Socket, facts: Incoming, proxies: TrustedProxies): Client {
  const peer = peers.get(socket) ?? meet(socket, proxies)
  const host = facts.host ?? ''
  const { forwarded } = facts
  if (!peer.trusted) return { address: peer.address, scheme: 'http', host }
  return {
    address: forwarded.for ? addressOf(forwarded.for, peer.address, proxies) : peer.address,
    scheme: last(forwarded.proto) === 'https' ? 'https' : 'http',
    host: last(forwarded.host) ?? host,
  }
}

function meet(socket: Socket, proxies: TrustedProxies): Peer {
  const address = plain(socket.remoteAddress ?? '')
  const trusted =
    proxies.hops === undefined ? address !== '' && proxies.includes(address) : proxies.hops > 0
  const peer = { address, trusted }
  peers.set(socket, peer)
  return peer
}

/** The last address of the chain that a proxy of ours did not write about a proxy of ours. */
function addressOf(chain: string, peer: string, proxies: TrustedProxies): string {
  const hops = chain.split(',').map((it) => plain(it.trim()))
  if (proxies.hops !== undefined) {
    const told = [...hops, peer].at(-1 - proxies.hops) ?? hops[0] ?? peer
    return isIP(told) ? told : peer
  }
  let address = peer
  for (const hop of hops.reverse()) {
    if (!isIP(hop)) return address
    address = hop
    if (!proxies.includes(hop)) return address
  }
  return address
}

/** A dual-stack socket shows IPv4 peers as `::ffff:a.b.c.d`. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

function last(list: string | undefined): string | undefined {
  if (list === undefined) return undefined
  return list.slice(list.lastIndexOf(',') + 1).trim()
}

/** What a client may not say of itself or of us, and what concerns one connection only. */
const KEPT_OUT =
  /^(?:x-forwarded-.*|forwarded|x-real-ip|x-original-.*|x-rewrite-url|x-amzn-trace-id|x-request-id|x-deadline-ms|traceparent|connection|keep-alive|proxy-connection|transfer-encoding|upgrade|te|trailer|expect)$/i

const verdicts = new Map<string, boolean>()

function isKept(name: string): boolean {
  const known = verdicts.get(name)
  if (known !== undefined) return known
  const kept = !KEPT_OUT.test(name)
  if (verdicts.size < 500) verdicts.set(name, kept)
  return kept
}

/** The headers a function gets: the client's own without those, then what the host vouches for. */
export function eventHeaders(
  raw: readonly string[],
  client: Client,
  port: number,
  requestId: string,
  traceparent: string,
): string[] {
  const headers: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string
    if (isKept(name)) headers.push(name, raw[at + 1] as string)
  }
  headers.push(
    'x-forwarded-for',
    client.address,
    'x-forwarded-host',
    client.host,
    'x-forwarded-port',
    portOf(client, port),
    'x-forwarded-proto',
    client.scheme,
    'x-request-id',
    requestId,
    'traceparent',
    traceparent,
    'x-amzn-trace-id',
    `Root=1-${traceparent.slice(3, 11)}-${traceparent.slice(11, 35)}`,
  )
  return headers
}

function portOf({ host, scheme }: Client, port: number): string {
  const own = host.includes(':') ? /:(\d+)$/.exec(host)?.[1] : undefined
  return own ?? (scheme === 'https' ? '443' : String(port))
}
