import { isUtf8 } from 'node:buffer'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { decodePath, readQuery } from './target.ts'

/** What a gateway with an authorizer would add; claims as the token holds them. */
export type Authorizer =
  | { jwt: { claims: Record<string, unknown>; scopes: string[] | null } }
  | { lambda: Record<string, unknown> }

/** One HTTP request, taken apart. */
export type Parts = {
  method: string
  /** As on the request line: path and query, still encoded. */
  rawTarget: string
  /** Decoded path; `rawTarget`'s is decoded when absent. */
  path?: string
  /** Name, value, name, value, as they came. */
  rawHeaders: readonly string[]
  body: Buffer | undefined
  sourceIp: string
  /** `GET /things/{id}`, or `$default`. */
  routeKey: string
  pathParameters: Record<string, string> | undefined
  /** `HTTP/1.1`. */
  protocol: string
  requestId: string
  /** Milliseconds since 1970. */
  now: number
  domainName?: string
  authorizer?: Authorizer
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const TEXT_TYPE = /^\s*(?:text\/[^;\s]+|application\/(?:json|xml|javascript))\s*(?:;|$)/i

/**
 * The event (payload 2.0) that API Gateway's HTTP API makes of this request. What has no value is
 * absent, never null. Throws URIError when the path's percent-encoding is broken.
 */
export function toEvent(parts: Parts): APIGatewayProxyEventV2 {
  const mark = parts.rawTarget.indexOf('?')
  const rawQueryString = mark < 0 ? '' : parts.rawTarget.slice(mark + 1)
  const path = parts.path ?? decodePath(mark < 0 ? parts.rawTarget : parts.rawTarget.slice(0, mark))
  const { headers, cookies } = readHeaders(parts.rawHeaders)
  const domainName = parts.domainName ?? headers.host ?? 'localhost'
  const dot = domainName.search(/[.:]/)
  const event: APIGatewayProxyEventV2 = {
    version: '2.0',
    routeKey: parts.routeKey,
    rawPath: path,
    rawQueryString,
    headers,
    requestContext: {
      accountId: '000000000000',
      apiId: 'souk',
      domainName,
      domainPrefix: dot < 0 ? domainName : domainName.slice(0, dot),
      http: {
        method: parts.method,
        path,
        protocol: parts.protocol,
        sourceIp: parts.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: parts.requestId,
      routeKey: parts.routeKey,
      stage: '$default',
      time: logTime(parts.now),
      timeEpoch: parts.now,
    },
    isBase64Encoded: false,
  }
  if (cookies) event.cookies = cookies
  if (rawQueryString !== '') event.queryStringParameters = readQuery(rawQueryString)
  if (parts.pathParameters && Object.keys(parts.pathParameters).length > 0)
    event.pathParameters = parts.pathParameters
  if (parts.body && parts.body.length > 0) addBody(event, parts.body, headers['content-type'])
  // The published type has the authorizer on variants of the event only.
  if (parts.authorizer)
    Object.assign(event.requestContext, { authorizer: authorizerOf(parts.authorizer) })
  return event
}

/** Text stays text for the types AWS holds for text; bytes that are not UTF-8 never do. */
function addBody(event: APIGatewayProxyEventV2, body: Buffer, type: string | undefined): void {
  const text = type !== undefined && TEXT_TYPE.test(type) && isUtf8(body)
  event.body = body.toString(text ? 'utf8' : 'base64')
  event.isBase64Encoded = !text
}

function readHeaders(raw: readonly string[]) {
  const headers: Record<string, string> = {}
  let cookies: string[] | undefined
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase()
    const value = raw[at + 1] ?? ''
    if (name === 'cookie') cookies = [...(cookies ?? []), ...splitCookies(value)]
    else if (name === '__proto__') define(headers, name, value)
    else headers[name] = Object.hasOwn(headers, name) ? `${headers[name]},${value}` : value
  }
  return { headers, cookies: cookies?.length ? cookies : undefined }
}

function splitCookies(value: string): string[] {
  return value
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
}

/** Assigning this name would set the prototype; AWS's events are parsed JSON, where it is a key. */
function define(target: Record<string, string>, name: string, value: string): void {
  const before = Object.getOwnPropertyDescriptor(target, name)?.value
  Object.defineProperty(target, name, {
    value: before === undefined ? value : `${before},${value}`,
    configurable: true,
    enumerable: true,
    writable: true,
  })
}

let stamped = 0
let stamp = ''

/** Common log format, to the second: `14/Apr/2025:22:14:16 +0000`. */
function logTime(now: number): string {
  const second = Math.floor(now / 1000)
  if (second !== stamped) {
    const date = new Date(now)
    const two = (value: number) => String(value).padStart(2, '0')
    const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`
    stamp = `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
    stamped = second
  }
  return stamp
}

function authorizerOf(authorizer: Authorizer): unknown {
  if ('lambda' in authorizer) return authorizer
  const claims: Record<string, string> = {}
  for (const [name, value] of Object.entries(authorizer.jwt.claims))
    if (value !== null && value !== undefined) claims[name] = claimText(value)
  return { jwt: { claims, scopes: authorizer.jwt.scopes } }
}

function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(String).join(' ')}]`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
