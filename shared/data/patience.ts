import type pg from 'pg'
import { fault } from '../http/errors.ts'
import { type Invocation, invocation } from '../runtime/invocation.ts'

/** Milliseconds that one call waits for PostgreSQL in all: one far away is as bad as one that hangs. */
const MOST = 2_800

type Wait = { ms: number; since: number; open: number }

const waits = new WeakMap<Invocation, Wait>()

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

/** Sends a statement on a connection of this pool, for no longer than this call may still wait. */
export function ask(
  { options }: pg.Pool,
  client: pg.PoolClient,
  config: string | pg.QueryConfig,
): Promise<pg.QueryArrayResult> {
  const ms = patience()
  const isShort = ms < (options.query_timeout ?? 0)
  const whole = typeof config === 'string' ? { text: config } : config
  const sent = isShort ? { ...whole, query_timeout: Math.max(1, ms) } : config
  return waiting(() => client.query<unknown[]>(sent as pg.QueryArrayConfig))
}

function left({ ms, since, open }: Wait): number {
  return MOST - ms - (open > 0 ? performance.now() - since : 0)
}

function current(): Wait | undefined {
  const call = invocation()
  if (!call) return undefined
  let wait = waits.get(call)
  if (!wait) {
    wait = { ms: 0, since: 0, open: 0 }
    waits.set(call, wait)
  }
  return wait
}
