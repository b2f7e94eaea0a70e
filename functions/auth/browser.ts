import type { Request } from '../../shared/http/contract.ts'
import { fault } from '../../shared/http/errors.ts'
import { settings } from '../../shared/runtime/settings.ts'

const COOKIE = 'souk_refresh'
const ATTRIBUTES = 'Path=/api/v1/token/; HttpOnly; Secure; SameSite=Strict'
const DAYS_30 = 30 * 24 * 3600

/** The header value that puts a refresh token into the browser's keeping. */
export function keep(refresh: string): string {
  return `${COOKIE}=${refresh}; Max-Age=${DAYS_30}; ${ATTRIBUTES}`
}

/** The header value that takes it out again. */
export const forget = `${COOKIE}=; Max-Age=0; ${ATTRIBUTES}`

/**
 * The refresh token of a call: from its cookie with `cookie=1`, or undefined; from its body
 * otherwise. Fails with `invalid_request` when it is missing there or given twice, with `cross_site`
 * as `refuseCrossSite`.
 */
export function refreshOf(
  request: Request,
  query: { cookie?: '0' | '1' | undefined },
  body: { refresh?: string | undefined },
): string | undefined {
  const cookie = request.cookies.get(COOKIE)
  if (cookie !== undefined && body.refresh !== undefined)
    throw invalid('is given both in the body and in a cookie')
  if (query.cookie !== '1') {
    if (body.refresh === undefined) throw invalid('is missing')
    return body.refresh
  }
  refuseCrossSite(request)
  if (body.refresh !== undefined) throw invalid('must be in the cookie, as cookie=1 says')
  return cookie
}

/**
 * Fails with `cross_site` unless a page of ours, or of an origin in `ALLOWED_ORIGINS`, made the call.
 * Browsers themselves set both headers; only JSON passes, which no form can send.
 */
export function refuseCrossSite(request: Request): void {
  const { origin, 'sec-fetch-site': site, 'content-type': type = '' } = request.headers
  const isJson = /^application\/json *(;|$)/i.test(type)
  const isAllowed = origin !== undefined && settings().allowedOrigins.includes(origin)
  const isOwn = origin === request.origin
  const isSame = site === 'same-origin' && (origin === undefined || isOwn)
  const isOlder = site === undefined && isOwn
  if (!isJson || !(isAllowed || isSame || isOlder))
    throw fault('cross_site', 'Cookies are taken from pages of this site only')
}

function invalid(message: string): Error {
  return fault('invalid_request', `refresh: ${message}`, {
    errors: [{ field: 'refresh', message }],
  })
}
