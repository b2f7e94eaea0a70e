import pg from 'pg'
import { fault } from '../http/errors.ts'
import { log } from '../runtime/log.ts'
import { settings } from '../runtime/settings.ts'
import { within } from '../runtime/within.ts'
import { ask, type PoolOptions, patience, waiting } from './patience.ts'
import { isBroken, isCut, sqlFault } from './sql-fault.ts'
import { sqlSpan } from './sql-span.ts'

/**
 * Milliseconds. The server's limits end the work itself, `query` is for a server that hangs. `lock`
 * is over PostgreSQL's `deadlock_timeout` of 1 s, else no deadlock would be found and tried again.
 */
const limits = { connect: 1000, statement: 2000, lock: 1500, idleInTransaction: 5000, query: 2500 }

/** A replica that is slow is asked no further: the primary has the same. */
const replicaLimits = { ...limits, connect: 300, statement: 1000, query: 1200 }

const text = (value: string) => value

/** Connections that have been in the pool before. */
const used = new WeakSet<pg.PoolClient>()

// The types know no arrays; the parser itself does.
const int8Array: (value: string) => string[] = pg.types.getTypeParser(1016 as 20) as never

const rowParsers = new Map<number, (value: string) => unknown>([
  [20, wholeNumber],
  [1082, text],
  [1114, text],
  [1184, instant],
  [1186, text],
  [1016, (value) => int8Array(value).map(wholeNumber)],
])

const rowTypes = {
  getTypeParser: (oid: number) => rowParsers.get(oid) ?? pg.types.getTypeParser(oid),
}
const textTypes = { getTypeParser: () => text }

/** Columns as PostgreSQL wrote them, in an array a row: nothing is parsed. */
export const untouched = { types: textTypes, rowMode: 'array' as const }

export function openPool(url: string, service: string, role?: 'replica'): pg.Pool {
  const { poolMax, limits: sendLimits } = settings().postgres
  const { connect, query, statement, lock, idleInTransaction } = role ? replicaLimits : limits
  const options: PoolOptions = {
    connectionString: url,
    application_name: `souk-${service}`,
    max: poolMax,
    connectionTimeoutMillis: connect,
    idleTimeoutMillis: 30_000,
    maxLifetimeSeconds: 300,
    keepAlive: true,
    allowExitOnIdle: true,
    answerMs: query,
    types: rowTypes,
    ...(sendLimits && {
      statement_timeout: statement,
      lock_timeout: lock,
      idle_in_transaction_session_timeout: idleInTransaction,
    }),
  }
  const pool = new pg.Pool(options)
  // Without these listeners a backend that ends takes the whole process with it.
  pool.on('error', (error) => log.warn('an idle database connection broke', { service, error }))
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/**
 * A connection for one statement or transaction. Fails with `unavailable` within a second, sooner
 * when the call may not wait so long.
 */
export async function acquire(pool: pg.Pool): Promise<pg.PoolClient> {
  // Beyond this, waiting would outlast the connect limit anyway; refusing at once costs nothing.
  if (pool.waitingCount >= (pool.options.max ?? 10) * 50) {
    throw fault('unavailable', 'Too many requests wait for the database')
  }
  const asked = pool.connect()
  try {
    const ms = patience()
    return await (ms < limits.connect ? within(ms, asked) : asked)
  } catch (error) {
    // One that comes after all is for somebody else.
    asked.then((client) => client.release()).catch(() => {})
    throw fault('unavailable', undefined, { cause: error })
  }
}

/** Sends one statement on a connection of its own. A read that met a dead connection is sent again. */
export function pooled(pool: pg.Pool, config: pg.QueryConfig): Promise<pg.QueryArrayResult> {
  const isRead = /^\s*select\b/i.test(config.text)
  return onLiving(pool, isRead, async (client) => {
    const result = await ask(pool, client, config)
    client.release()
    return result
  })
}

/** A connection in a transaction. `begin` has no effect, so one that was dead is simply replaced. */
export function acquireBegun(pool: pg.Pool, begin: string): Promise<pg.PoolClient> {
  const take = async (client: pg.PoolClient) => {
    await ask(pool, client, begin)
    return client
  }
  return sqlSpan(undefined, 'begin', () => onLiving(pool, true, take))
}

/**
 * While connections idle in the pool the server may have been restarted, or a firewall have cut
 * them; all of them are dead then, and none has told yet.
 */
async function onLiving<T>(
  pool: pg.Pool,
  mayRepeat: boolean,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  for (;;) {
    const client = await waiting(() => acquire(pool))
    const wasIdle = used.has(client)
    used.add(client)
    try {
      return await work(client)
    } catch (error) {
      client.release(isBroken(error))
      if (!mayRepeat || !wasIdle || !isCut(error)) throw unavailable(error)
    }
  }
}

/** Connection trouble as the fault it is; every other error untouched, for its code to be read. */
export function unavailable(error: unknown): unknown {
  const known = sqlFault(error)
  return known?.code === 'unavailable' ? known : error
}

function wholeNumber(value: string) {
  const number = Number(value)
  if (!Number.isSafeInteger(number))
    throw new RangeError('an int8 is beyond 2^53; select it as text')
  return number
}

function instant(value: string) {
  const date = pg.types.getTypeParser(1184)(value)
  return date instanceof Date ? date.toISOString() : value
}
