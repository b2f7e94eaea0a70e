import { ApiError, failure, failureFrom, serviceOf } from './failure.ts'
import { net } from './net.ts'
import { type Part, pathOf, type ReplyOf, type Route, type Values } from './query.ts'

export type CallOptions<R extends Route> = {
  params?: { [K in keyof Part<R, 'params'>]: string | number }
  query?: { [K in keyof Part<R, 'query'>]?: string | number | undefined }
  body?: Part<R, 'body'>
  /** Sent as multipart/form-data in place of `body`. */
  form?: FormData
  /** `user`: needs a session; `maybe`: sends the token if there is a session. */
  as?: 'user' | 'maybe'
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** Where access tokens come from; set by the session. */
export type Tokens = {
  current: () => Promise<string | undefined>
  /** After a 401: another token than the refused one, or undefined when the session is over. */
  renewed: (refused: string) => Promise<string | undefined>
}
let tokens: Tokens = { current: async () => undefined, renewed: async () => undefined }

export function useTokens(source: Tokens): void {
  tokens = source
}

const TIMEOUT_MS = 10_000
const RETRIES = 2

/**
 * Calls one route and gives its parsed answer. Throws `ApiError`. A GET is tried again twice when
 * the service did not answer; every POST carries an `Idempotency-Key`, so that a repeat does nothing.
 */
export async function call<R extends Route>(
  route: R,
  options: CallOptions<R> = {},
): Promise<ReplyOf<R>> {
  const [method = 'GET'] = route.split(' ', 1)
  const path = pathOf(route, options.params as Values, options.query as Values)
  return (await send(method, path, options)) as ReplyOf<R>
}

type Sending = Omit<CallOptions<never>, 'params' | 'query' | 'body'> & { body?: unknown }

export async function send(method: string, path: string, options: Sending = {}): Promise<unknown> {
  const headers: Record<string, string> = { ...options.headers }
  if (options.body !== undefined) headers['content-type'] = 'application/json'
  if (method === 'POST') headers['idempotency-key'] ??= crypto.randomUUID()
  const init: Init = { method, headers, body: options.form ?? null }
  if (options.body !== undefined) init.body = JSON.stringify(options.body)
  const token = options.as ? await tokens.current() : undefined
  if (options.as === 'user' && !token) throw noSession(path)
  const first = await attempt(path, init, token, options.signal)
  if (first.status !== 401 || !token) return answerOf(first, path)
  const renewed = await tokens.renewed(token)
  if (!renewed && options.as === 'user') throw noSession(path)
  return answerOf(await attempt(path, init, renewed, options.signal), path)
}

type Init = { method: string; headers: Record<string, string>; body: string | FormData | null }

async function attempt(
  path: string,
  init: Init,
  token: string | undefined,
  signal?: AbortSignal,
): Promise<Response> {
  const headers = { ...init.headers, ...(token ? { authorization: `Bearer ${token}` } : {}) }
  const tries = init.method === 'GET' && navigator.onLine ? RETRIES : 0
  for (let at = 0; ; at++) {
    const timeout = AbortSignal.timeout(TIMEOUT_MS)
    const bounded = signal ? AbortSignal.any([signal, timeout]) : timeout
    try {
      const response = await net.track(fetch(path, { ...init, headers, signal: bounded }))
      net.heard(path, response)
      if (response.status !== 503 || at >= tries) return response
    } catch (error) {
      if (signal?.aborted) throw error
      if (timeout.aborted || at >= tries) {
        const code = timeout.aborted ? 'slow' : navigator.onLine ? 'unreachable' : 'offline'
        throw new ApiError(failure({ code, service: serviceOf(path) }))
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 150 * 2 ** at * (0.5 + Math.random())))
  }
}

async function answerOf(response: Response, path: string): Promise<unknown> {
  if (!response.ok) throw new ApiError(await failureFrom(response, path))
  if (response.status === 204) return undefined
  return response.json()
}

function noSession(path: string): ApiError {
  const code = 'unauthenticated'
  return new ApiError(failure({ status: 401, code, service: serviceOf(path) }))
}
