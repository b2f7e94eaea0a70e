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
  if (given !== undefined && given.length >= 55 && TRACEPARENT.test(given)) {
    const goodEnd = given.length === 55 || (!given.startsWith('00') && given[55] === '-')
    if (goodEnd) return `00-${given.slice(3, 35)}-${hex(8)}-${given.slice(53, 55)}`
  }
  return `00-${hex(16)}-${hex(8)}-01`
}

function hex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('hex', used - bytes, used)
}
