import { randomUUID } from 'node:crypto'
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import { settings } from '../runtime/settings.ts'
import type { Request } from './contract.ts'
import { fault } from './errors.ts'

const SANE_ID = /^[A-Za-z0-9._-]{1,128}$/
const NO_COOKIES: ReadonlyMap<string, string> = new Map()

/** The facts of a request, from the event that API Gateway, our host or the invoker made. */
export function readRequest(event: APIGatewayProxyEventV2, context: Context): Request {
  const headers = event.headers
  const given = headers['x-request-id']
  const host = headers['x-forwarded-host'] ?? headers.host ?? event.requestContext.domainName
  const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
  let signal: AbortSignal | undefined
  return {
    id: given && SANE_ID.test(given) ? given : (context.awsRequestId ?? randomUUID()),
    origin: `${scheme}://${host ?? 'localhost'}`,
    path: event.rawPath,
    rawQuery: event.rawQueryString,
    method: event.requestContext.http.method,
    address: event.requestContext.http.sourceIp,
    headers,
    cookies: event.cookies ? readCookies(event.cookies) : NO_COOKIES,
    traceparent: headers.traceparent,
    remaining: () => context.getRemainingTimeInMillis(),
    get signal() {
      signal ??= signalOf(context) ?? AbortSignal.timeout(Math.max(1, this.remaining()))
      return signal
    },
  }
}

/** Our host adds its signal to Lambda's context; Lambda itself has none. */
function signalOf(context: Context & { signal?: unknown }): AbortSignal | undefined {
  return context.signal instanceof AbortSignal ? context.signal : undefined
}

function readCookies(pairs: readonly string[]): Map<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    if (at > 0 && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim())
  }
  return cookies
}

const judged = new Map<string, boolean>()

/** Fails with `host_not_allowed` unless the origin's host is in `ALLOWED_HOSTS` (`*` allows any). */
export function checkHost(origin: string): void {
  if (!hostAllowed(origin))
    throw fault('host_not_allowed', 'This host name is not in ALLOWED_HOSTS')
}

export function hostAllowed(origin: string): boolean {
  let allowed = judged.get(origin)
  if (allowed === undefined) {
    allowed = judge(origin)
    if (judged.size > 1000) judged.clear()
    judged.set(origin, allowed)
  }
  return allowed
}

function judge(origin: string): boolean {
  const host = /^https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(origin)?.[1]
  if (host === undefined) return false
  const name = host.toLowerCase()
  return settings().allowedHosts.some(
    (rule) =>
      rule === '*' ||
      rule === name ||
      (rule.startsWith('.') && name.endsWith(rule) && name !== rule),
  )
}
