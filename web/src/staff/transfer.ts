import type { CallOptions } from '../lib/api.ts'
import { ApiError, failure, failureFrom, serviceOf } from '../lib/failure.ts'
import { net } from '../lib/net.ts'
import { pathOf, type ReplyOf, type Route, type Values } from '../lib/query.ts'
import { session } from '../lib/session.ts'

export type TransferOptions<R extends Route> = Omit<CallOptions<R>, 'as' | 'signal'> & {
  /** Told how much of the body has gone up, 0 to 1. */
  onProgress?: (share: number) => void
}

/** A picture of 5 MB on a slow line takes its time. */
const TIMEOUT_MS = 120_000

/**
 * As `call`, for staff: tells how an upload goes, which fetch cannot, and gives the ETag with the
 * answer, which a guarded change needs. Throws `ApiError`.
 */
export async function transfer<R extends Route>(
  route: R,
  options: TransferOptions<R> = {},
): Promise<{ value: ReplyOf<R>; etag: string }> {
  const [method = 'GET'] = route.split(' ', 1)
  const path = pathOf(route, options.params as Values, options.query as Values)
  const token = await session.token()
  let response = await net.track(attempt(method, path, token, options))
  if (response.status === 401 && token) {
    const renewed = await session.renew(token)
    response = await net.track(attempt(method, path, renewed, options))
  }
  net.heard(path, response)
  if (!response.ok) throw new ApiError(await failureFrom(response, path))
  const value = response.status === 204 ? undefined : await response.json()
  return { value: value as ReplyOf<R>, etag: response.headers.get('etag') ?? '' }
}

type Sent = {
  body?: unknown
  form?: FormData
  headers?: Record<string, string>
  onProgress?: (share: number) => void
}

function attempt(
  method: string,
  path: string,
  token: string | undefined,
  { body, form, headers = {}, onProgress }: Sent,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(method, path)
    request.timeout = TIMEOUT_MS
    const sent: Record<string, string> = { ...headers }
    if (token) sent.authorization = `Bearer ${token}`
    if (body !== undefined) sent['content-type'] = 'application/json'
    // What the browser kept may be older than what a guarded change is compared with.
    if (method === 'GET') sent['cache-control'] = 'no-cache'
    for (const [name, value] of Object.entries(sent)) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded, total }) => onProgress?.(total > 0 ? loaded / total : 0)
    request.onload = () => resolve(responseOf(request))
    const fail = (code: string) => () =>
      reject(new ApiError(failure({ code, service: serviceOf(path) })))
    request.onerror = fail(navigator.onLine ? 'unreachable' : 'offline')
    request.ontimeout = fail('slow')
    request.send(form ?? (body === undefined ? null : JSON.stringify(body)))
  })
}

function responseOf(request: XMLHttpRequest): Response {
  const headers = new Headers()
  for (const line of request.getAllResponseHeaders().trim().split(/\r?\n/)) {
    const at = line.indexOf(':')
    if (at > 0) headers.append(line.slice(0, at), line.slice(at + 1).trim())
  }
  const { status } = request
  return new Response(status === 204 ? null : request.responseText, { status, headers })
}
