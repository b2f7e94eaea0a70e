import { randomFillSync, randomUUID } from 'node:crypto'

const SANE = /^[A-Za-z0-9._-]{1,128}$/
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})/

const pool = Buffer.alloc(8192)
let used = pool.length

/** The client's request id when it is a sane token, else a new one. */
export function requestIdOf(given: string | undefined): string {
  return given !== undefined && SANE.test(given) ? given : randomUUID()
}

/** W3C trace context for our own span: the caller's trace continued, else a new one. */
export function traceparentOf(given: string | undefined): string {
  if (isTraceparent(given)) return `00-${given.slice(3, 35)}-${hex(8)}-${given.slice(53, 55)}`
  return `00-${hex(16)}-${hex(8)}-01`
}

/** The parts of a W3C trace context; undefined when it is none. */
export function readTraceparent(
  given: string | undefined,
): { traceId: string; spanId: string; isSampled: boolean } | undefined {
  if (!isTraceparent(given)) return undefined
  const isSampled = (Number.parseInt(given.slice(53, 55), 16) & 1) === 1
  return { traceId: given.slice(3, 35), spanId: given.slice(36, 52), isSampled }
}

function isTraceparent(given: string | undefined): given is string {
  if (given === undefined || given.length < 55 || !TRACEPARENT.test(given)) return false
  return given.length === 55 || (!given.startsWith('00') && given[55] === '-')
}

function hex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('hex', used - bytes, used)
}
