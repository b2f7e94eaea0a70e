import type pg from 'pg'
import { fault } from '../http/errors.ts'
import { Deadline } from '../runtime/deadline.ts'
import { invocation, type Wait } from '../runtime/invocation.ts'

/** Milliseconds that one call waits for PostgreSQL in all: one far away is as bad as one that hangs. */
const MOST = 2_800

/**
 * Counts the time of `work` as spent waiting for PostgreSQL; what runs side by side counts once.
 * Fails with `unavailable` when this call has waited too long already.
 */
export async function waiting<T>(work: () => Promise<T>): Promise<T> {
  const wait = current()
  if (!wait) return work()
  if (left(wait) <= 0) throw fault('unavailable')
  if (wait.open++ === 0) wait.since = performance.now()
  try {
    return await work()
  } finally {
    if (--wait.open === 0) wait.ms += performance.now() - wait.since
  }
}

/** Milliseconds that this call may still wait for PostgreSQL. */
export function patience(): number {
  const wait = current()
  return wait ? left(wait) : Number.POSITIVE_INFINITY
}

/**
 * Sends a statement on a connection of this pool, for no longer than this call may still wait. One that is
 * not answered in time fails; its connection is then of no use any more.
 */
export function ask(
  { options }: pg.Pool,
  client: pg.PoolClient,
  config: string | pg.QueryConfig,
): Promise<pg.QueryArrayResult> {
  const { answerMs = Number.POSITIVE_INFINITY } = options as PoolOptions
  const ms = Math.min(answerMs, patience())
  return waiting(() => answered(client, config as unknown as pg.QueryArrayConfig, ms))
}

/** `answerMs`: how long a statement may go unanswered, for a server that hangs. */
export type PoolOptions = pg.PoolConfig & { answerMs?: number }

/**
 * By pg's callback and a deadline of ours: with pg's `query_timeout` all answers, however short they
 * lived, outlived the nursery (Node 24.21, pg 8.23), and half of the work on a page was to collect them.
 */
async function answered(
  client: pg.PoolClient,
  config: pg.QueryArrayConfig,
  ms: number,
): Promise<pg.QueryArrayResult> {
  try {
    return await new Promise((resolve, reject) => {
      const expire = () => reject(new Error('Query read timeout'))
      const deadline = Number.isFinite(ms) && new Deadline(ms, performance.now(), { expire })
      client.query(config, (error, result) => {
        if (deadline) deadline.clear()
        if (error) reject(error)
        else resolve(result)
      })
    })
  } catch (error) {
    // The stack of who asked, not of the socket that answered.
    if (error instanceof Error) Error.captureStackTrace(error)
    throw error
  }
}

function left({ ms, since, open }: Wait): number {
  return MOST - ms - (open > 0 ? performance.now() - since : 0)
}

function current(): Wait | undefined {
  const call = invocation()
  if (!call) return undefined
  call.wait ??= { ms: 0, since: 0, open: 0 }
  return call.wait
}
