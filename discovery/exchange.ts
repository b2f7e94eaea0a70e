import type { Agent, Dispatcher } from 'undici'
import * as z from 'zod'
import type { Method, Request } from '../shared/http/contract.ts'
import { signService } from '../shared/http/tokens.ts'
import { invocation } from '../shared/runtime/invocation.ts'
import { type Span, spanned } from '../shared/runtime/tracing.ts'
import { UpstreamFault } from './upstream.ts'

export type CallOptions = {
  /** GET. */
  method?: Method
  /** Encoded, from `/` on; parts that come from outside go through `encodeURIComponent`. */
  path: string
  query?: Record<string, string | number | boolean | undefined>
  /** Sent as JSON. */
  body?: unknown
  /** The request on whose behalf it is: its id, trace and deadline are passed on. */
  request?: Pick<Request, 'id' | 'traceparent' | 'remaining'>
  /** Milliseconds for all attempts together; 800. */
  timeoutMs?: number
  /** Makes a POST safe to send twice, so that it may be retried. */
  idempotencyKey?: string
}

/** What a sound service answered: the data asked for, or that it will not. */
export type Answer<T> = { ok: true; value: T } | { ok: false; refusal: UpstreamRefusal }

const CONNECT_TIMEOUT_MS = 200
const MOST_BYTES = 1_048_576
const Problem = z.object({ code: z.string(), detail: z.string().optional() })

let agent: Agent | undefined

/** Half of a bundle: loaded with the first call, not with the function. CommonJS: by its default. */
const undici = () => import('undici')

/** Ends all connections; the next call opens anew. */
export async function closeConnections(): Promise<void> {
  const closing = agent
  agent = undefined
  await closing?.destroy()
}

/**
 * One attempt at one instance: sends, reads and checks.
 * @throws UpstreamFault when the instance is not reached, not in time, or answers no sound answer
 */
export async function exchange<T>(
  caller: string,
  service: string,
  options: CallOptions,
  reply: z.ZodType<T>,
  url: string,
  ms: number,
): Promise<Answer<T>> {
  const response = await traced(caller, service, options, new URL(url), ms)
  // Redirects are not followed: where a service is, discovery alone says.
  const isAnswer = [2, 4].includes(Math.floor(response.status / 100))
  if (!isAnswer) throw new UpstreamFault(`${service} at ${url} answered ${response.status}`)
  const data = response.text === '' ? undefined : parsed(response.text)
  if (response.status >= 400) {
    const problem = Problem.safeParse(data).data
    const refusal = new UpstreamRefusal(
      service,
      response.status,
      problem?.code ?? '',
      problem?.detail,
    )
    return { ok: false, refusal }
  }
  const result = reply.safeParse(data)
  if (result.success) return { ok: true, value: result.data }
  throw new UpstreamFault(`${service} at ${url} answered what its contract does not know`, {
    cause: result.error,
  })
}

type Response = { status: number; text: string }

/** A round trip as a span of the call on whose behalf it is made. */
function traced(
  caller: string,
  service: string,
  options: CallOptions,
  base: URL,
  ms: number,
): Promise<Response> {
  const parent = options.request?.traceparent ?? invocation()?.traceparent
  const method = options.method ?? 'GET'
  const about = () => ({
    'http.request.method': method,
    'peer.service': service,
    'server.address': base.hostname,
    'server.port': Number(base.port) || undefined,
  })
  const work = async (span: Span | undefined) => {
    const trace = span?.traceparent ?? parent
    const response = await roundTrip(caller, service, { ...options, trace }, base, ms)
    const { status } = response
    const error = status >= 400 ? String(status) : undefined
    span?.end({ attributes: { 'http.response.status_code': status }, error })
    return response
  }
  return spanned(`${method} ${service}`, about, work, parent)
}

async function roundTrip(
  caller: string,
  service: string,
  options: CallOptions & { trace: string | undefined },
  base: URL,
  ms: number,
): Promise<Response> {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), ms)
  try {
    const { Agent } = (await undici()).default
    agent ??= new Agent({
      connections: 64,
      pipelining: 1,
      keepAliveTimeout: 4_000,
      connect: { timeout: CONNECT_TIMEOUT_MS },
      maxResponseSize: MOST_BYTES,
    })
    const response = await agent.request({
      origin: base.origin,
      path: base.pathname.replace(/\/$/, '') + options.path + queryText(options.query),
      method: (options.method ?? 'GET') as Dispatcher.HttpMethod,
      headers: headersOf(caller, service, options, ms),
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: abort.signal,
    })
    return { status: response.statusCode, text: await response.body.text() }
  } catch (error) {
    const why = abort.signal.aborted ? `did not answer within ${Math.round(ms)} ms` : 'failed'
    throw new UpstreamFault(`${service} at ${base.origin} ${why}`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

function headersOf(
  caller: string,
  service: string,
  options: CallOptions & { trace: string | undefined },
  ms: number,
) {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'x-deadline-ms': String(Math.max(1, Math.floor(ms))),
  }
  const id = options.request?.id ?? invocation()?.requestId
  if (id !== undefined) headers['x-request-id'] = id
  if (options.trace !== undefined) headers.traceparent = options.trace
  if (options.body !== undefined) headers['content-type'] = 'application/json'
  if (options.idempotencyKey !== undefined) headers['idempotency-key'] = options.idempotencyKey
  // Elsewhere a service's token is refused.
  if (options.path.startsWith('/internal/'))
    headers.authorization = `Bearer ${signService(caller, service)}`
  return headers
}

function queryText(query: CallOptions['query']): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {}))
    if (value !== undefined) search.set(key, String(value))
  return search.size > 0 ? `?${search}` : ''
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A service answered 4xx: it is well, and the request is not to its liking. */
export class UpstreamRefusal extends Error {
  override readonly name = 'UpstreamRefusal'
  readonly status: number
  /** Code of the problem document; '' when it sent none. */
  readonly code: string
  constructor(service: string, status: number, code: string, detail?: string) {
    super(`${service} answered ${status}${detail ? `: ${detail}` : ''}`)
    this.status = status
    this.code = code
  }
}
