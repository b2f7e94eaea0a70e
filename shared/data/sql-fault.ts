import pg from 'pg'
import { Fault, fault } from '../http/errors.ts'

/** Network errors of Node and messages of pg that mean: no connection, or none any more. */
const lost =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENET)|Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after/

/** Whether running the whole transaction again may succeed. */
export function isRetryable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40001' || error.code === '40P01')
}

/** Whether a connection that gave this error cannot be used again. */
export function isBroken(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true
  return error.severity === 'FATAL' || /^(08|57P)/.test(error.code ?? '')
}

/** Whether the connection was gone: the server restarted, or a pooler or firewall let go of it. */
export function isCut(error: unknown): boolean {
  const cause = error instanceof Fault ? error.cause : error
  if (!(cause instanceof Error)) return false
  const code = 'code' in cause ? String(cause.code) : ''
  return (
    /^(57P01|ECONNRESET|EPIPE)$/.test(code) || cause.message.startsWith('Connection terminated')
  )
}

/**
 * The fault that a client should see for an error of PostgreSQL or of the way to it; undefined for
 * what is a defect of ours. A constraint's name comes as the member `constraint`, of no row's value.
 */
export function sqlFault(error: unknown): Fault | undefined {
  if (error instanceof Fault) return error
  if (!(error instanceof Error)) return undefined
  const extra = { cause: error }
  if (!(error instanceof pg.DatabaseError)) {
    const code = 'code' in error ? String(error.code) : ''
    return lost.test(code) || lost.test(error.message)
      ? fault('unavailable', undefined, extra)
      : undefined
  }
  const state = error.code ?? ''
  const members = error.constraint ? { constraint: error.constraint } : {}
  if (isRetryable(error) || state === '55P03') {
    return fault('conflict', 'Somebody else is changing the same; try again', {
      ...extra,
      headers: { 'retry-after': '1' },
    })
  }
  if (state === '23505') return fault('conflict', 'Exists already', { ...extra, members })
  if (state === '23503' || state === '23514' || state === '23P01') {
    return fault('conflict', undefined, { ...extra, members })
  }
  if (state.startsWith('22')) return fault('invalid_request', 'A value is out of range', extra)
  if (/^(08|53|57014|57P0|25P03|28|3D000)/.test(state))
    return fault('unavailable', undefined, extra)
  return undefined
}
