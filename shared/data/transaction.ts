import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { log } from '../runtime/log.ts'
import { ask } from './patience.ts'
import { acquireBegun, unavailable } from './pool.ts'
import { isBroken, isRetryable } from './sql-fault.ts'
import { sqlSpan } from './sql-span.ts'

export type TransactionOptions = {
  isolation?: 'read committed' | 'repeatable read' | 'serializable'
  readOnly?: boolean
  /** Further tries after a serialization failure or deadlock. Default 4. */
  retries?: number
}

/** The pool getter of a database; its identity tells databases apart. */
type Source = () => pg.Pool

type Config = string | pg.QueryConfig

export type Ambient = {
  source: Source
  outer: Ambient | undefined
  /** Runs when all before it have; one connection answers one statement at a time. */
  query(config: Config): Promise<pg.QueryArrayResult>
  hooks: (() => unknown)[]
  depth: number
}

// Two bundles in one process each carry this file; a transaction must be seen by both.
const key = Symbol.for('souk.transaction')
const shared = globalThis as unknown as Record<symbol, AsyncLocalStorage<Ambient> | undefined>
shared[key] ??= new AsyncLocalStorage<Ambient>()
const storage = shared[key]

/** The transaction on this database that the caller runs in. */
export function ambient(source: Source): Ambient | undefined {
  let found = storage.getStore()
  while (found && found.source !== source) found = found.outer
  return found
}

export async function transaction<T>(
  source: Source,
  work: () => Promise<T>,
  options: TransactionOptions = {},
  /** Whose connection it takes when not the database's own: a replica's. */
  pool: pg.Pool = source(),
): Promise<T> {
  if (ambient(source)) return work()
  const { retries = 4 } = options
  for (let attempt = 0; ; attempt++) {
    try {
      return await attemptOnce(source, work, options, pool)
    } catch (error) {
      if (attempt >= retries || !isRetryable(error)) throw error
      await pause(Math.random() * 20 * 2 ** attempt)
    }
  }
}

/**
 * Does the work so that what it wrote can be taken back alone: when it throws, or when `keep`
 * refuses its result. Must run inside a transaction.
 */
export async function savepoint<T>(
  source: Source,
  work: () => Promise<T>,
  keep: (result: T) => boolean = () => true,
): Promise<T> {
  const within = ambient(source)
  if (!within) throw new Error('a savepoint needs a transaction')
  const name = `souk_${++within.depth}`
  const hooks = within.hooks.length
  const takeBack = async () => {
    within.hooks.length = hooks
    await within.query(`rollback to savepoint ${name}`)
  }
  await within.query(`savepoint ${name}`)
  try {
    const result = await work()
    if (!keep(result)) await takeBack()
    return result
  } catch (error) {
    await takeBack()
    throw error
  } finally {
    within.depth--
  }
}

/** Runs `hook` once the ambient transaction is committed, at once when there is none. */
export function afterCommit(source: Source, hook: () => unknown): void {
  const within = ambient(source)
  if (within) within.hooks.push(hook)
  else runHooks([hook])
}

async function attemptOnce<T>(
  source: Source,
  work: () => Promise<T>,
  options: TransactionOptions,
  pool: pg.Pool,
) {
  const client = await acquireBegun(pool, beginText(options))
  let failure: unknown
  let open = true
  let tail: Promise<unknown> = Promise.resolve()
  const query = (config: Config) => {
    if (!open)
      return Promise.reject(new Error('this transaction has ended; was a call not awaited?'))
    const result = tail.then(() => ask(pool, client, config))
    tail = result.catch((error) => {
      if (isBroken(error)) failure = error
    })
    return result
  }
  const within: Ambient = { source, outer: storage.getStore(), query, hooks: [], depth: 0 }
  try {
    const result = await storage.run(within, work)
    const { command } = await sqlSpan(undefined, 'commit', () => query('commit'))
    // After a failed statement whose error was caught, PostgreSQL answers COMMIT with ROLLBACK.
    if (command !== 'COMMIT')
      throw new Error('the transaction was rolled back: a statement had failed')
    runHooks(within.hooks)
    return result
  } catch (error) {
    if (!failure) await query('rollback').catch(() => {})
    throw unavailable(error)
  } finally {
    open = false
    client.release(failure !== undefined)
  }
}

function beginText({ isolation, readOnly }: TransactionOptions) {
  return `begin${isolation ? ` isolation level ${isolation}` : ''}${readOnly ? ' read only' : ''}`
}

function runHooks(hooks: (() => unknown)[]) {
  for (const hook of hooks) {
    // The business is done and committed: a hook's fault is told, and changes nothing.
    storage.exit(async () => {
      try {
        await hook()
      } catch (error) {
        log.error('an after-commit hook failed', { error })
      }
    })
  }
}
