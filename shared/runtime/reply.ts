import { type Fault, faultHeaders, problem } from '../http/errors.ts'
import { securityHeaders } from '../http/headers.ts'
import type { Outlet } from './transport.ts'

/** An answer ready to be sent. */
export type Reply = { status: number; headers: [string, string][]; body: Buffer | string }

const secure = Object.entries(securityHeaders)

/** A fault as problem document (RFC 9457). `error` puts its stack in: for debugging only. */
export function problemReply(
  failure: Fault,
  instance: string,
  requestId: string,
  error?: unknown,
): Reply {
  const stack = error instanceof Error ? { stack: error.stack } : {}
  return {
    status: failure.status,
    headers: [...secure, ...Object.entries(faultHeaders(failure))],
    body: JSON.stringify({ ...problem(failure, instance, requestId), ...stack }),
  }
}

/** What the host itself puts on every answer. */
export type Marks = {
  requestId: string
  traceparent: string
  servedBy: string
  /** `performance.now()` at the request's start. */
  started: number
  /** The connection ends with this answer. */
  close: boolean
}

const OURS = new Set(['x-request-id', 'traceparent', 'x-served-by'])

/** Sends it; `HEAD`, 204 and 304 get no body. */
export function send(outlet: Outlet, method: string, reply: Reply, marks: Marks): void {
  if (!outlet.isOpen) return
  const { status, body } = reply
  const lines: string[] = []
  for (const [name, value] of reply.headers) if (!OURS.has(name)) lines.push(name, value)
  const isHead = method === 'HEAD'
  const isBodiless = isHead || status === 204 || status === 304
  // A function that answers HEAD with an empty body has not said how long its GET is.
  if (isHead && status !== 204 && status !== 304 && body.length > 0)
    lines.push('content-length', String(Buffer.byteLength(body)))
  lines.push(
    'x-request-id',
    marks.requestId,
    'traceparent',
    marks.traceparent,
    'x-served-by',
    marks.servedBy,
    'server-timing',
    `total;dur=${(performance.now() - marks.started).toFixed(1)}`,
  )
  outlet.send({ status, lines, body: isBodiless ? undefined : body, close: marks.close })
}

/** The same fault for a connection whose request could not even be read. */
export function rawProblem(failure: Fault, requestId: string): string {
  const { status, headers, body } = problemReply(failure, '', requestId)
  const lines = [
    `HTTP/1.1 ${status} ${failure.message}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}
