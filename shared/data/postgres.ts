import { createHash } from 'node:crypto'
import type pg from 'pg'
import { invocation } from '../runtime/log.ts'
import { settings } from '../runtime/settings.ts'
import { openPool, pooled, untouched } from './pool.ts'
import { replica } from './replica.ts'
import { type Compiled, type Mode, makeSql, type Send, type Sql } from './sql.ts'
import { sqlSpan } from './sql-span.ts'
import {
  afterCommit,
  ambient,
  savepoint,
  type TransactionOptions,
  transaction,
} from './transaction.ts'

export type { Part, Sql, Statement } from './sql.ts'
export { isRetryable, sqlFault } from './sql-fault.ts'
export type { TransactionOptions } from './transaction.ts'

export type Database = {
  service: string
  /** Statements on this database; inside `transaction` on its connection. */
  sql: Sql
  /**
   * Runs `work` in one transaction; nested calls join it. Runs it again (so it must have no other
   * effects) after a serialization failure or deadlock. Take `afterCommit` for what must follow.
   */
  transaction<T>(work: () => Promise<T>, options?: TransactionOptions): Promise<T>
  /** Inside a transaction: takes back what `work` wrote when it throws or `keep` refuses its result. */
  savepoint<T>(work: () => Promise<T>, keep?: (result: T) => boolean): Promise<T>
  afterCommit(hook: () => unknown): void
  inTransaction(): boolean
  /**
   * What `work` reads on the replica, all in one snapshot for which `isCurrent` has answered true;
   * undefined when there is no replica or it cannot: then the primary has to be read.
   */
  onReplica<T>(
    isCurrent: () => Promise<boolean>,
    work: () => Promise<T>,
  ): Promise<{ value: T } | undefined>
  /** A statement outside the ambient transaction, its columns as text. */
  outside(text: string, values: unknown[]): Promise<string[][]>
  /** How many statements wait for a connection. */
  waiting(): number
  /** The pool itself, for COPY and the like; opened by this call. */
  pool(): pg.Pool
  close(): Promise<void>
}

type Registry = {
  databases: Map<string, Database>
  urls: Map<string, string>
  replicas: Map<string, string>
  queries: number
}

// One registry however many bundles carry this file: one pool per service and process.
const key = Symbol.for('souk.databases')
const shared = globalThis as unknown as Record<symbol, Registry | undefined>
shared[key] ??= { databases: new Map(), urls: new Map(), replicas: new Map(), queries: 0 }
const registry = shared[key]

const snapshot = { isolation: 'repeatable read', readOnly: true, retries: 0 } as const

/** Names of statements by their text. A connection keeps what it has named: composed ones are bounded. */
const names = new Map<string, string>()
const MOST_NAMES = 300

/** The database of a service; its pool is opened on first use. */
export function database(service: string): Database {
  let known = registry.databases.get(service)
  if (!known) {
    known = make(service)
    registry.databases.set(service, known)
  }
  return known
}

/** From now on the service's database is the one at `url`; for tests and tools. */
export async function useDatabase(service: string, url: string): Promise<Database> {
  await database(service).close()
  registry.urls.set(service, url)
  return database(service)
}

/** From now on the service's database has a replica at `url`; for tests and tools. */
export async function useReplica(service: string, url: string): Promise<void> {
  await database(service).close()
  registry.replicas.set(service, url)
}

/** How many statements this invocation has sent; outside of one, this process. */
export function queryCount(): number {
  const call = invocation()
  return call ? (call.queries ?? 0) : registry.queries
}

function make(service: string): Database {
  let pool: pg.Pool | undefined
  const source = () => {
    pool ??= openPool(registry.urls.get(service) ?? settings().databaseUrl(service), service)
    return pool
  }
  let replicaPool: pg.Pool | undefined
  const replicaUrl = () => registry.replicas.get(service) ?? settings().replicaUrl(service)
  const openReplica = () => {
    replicaPool ??= openPool(replicaUrl() ?? '', service, 'replica')
    return replicaPool
  }
  const onReplica = replica(openReplica, (its, work) => transaction(source, work, snapshot, its))
  const send = async (compiled: Compiled, mode: Mode) => {
    count()
    const config = configOf(compiled, mode)
    const within = ambient(source)
    const result = await sqlSpan(service, compiled.text, () =>
      within ? within.query(config) : pooled(source(), config),
    )
    if (mode === 'count') return result.rowCount ?? 0
    return mode === 'text' ? result.rows[0]?.[0] : result.rows
  }
  return {
    service,
    sql: makeSql(send as Send),
    transaction: (work, options) => transaction(source, work, options),
    savepoint: (work, keep) => savepoint(source, work, keep),
    afterCommit: (hook) => afterCommit(source, hook),
    inTransaction: () => ambient(source) !== undefined,
    onReplica: async (isCurrent, work) =>
      replicaUrl() === undefined || ambient(source) ? undefined : onReplica(isCurrent, work),
    outside: async (text, values) => {
      count()
      const config = { text, values, ...untouched, ...named(text, true) }
      const { rows } = await sqlSpan(service, text, () => pooled(source(), config))
      return rows as string[][]
    },
    waiting: () => pool?.waitingCount ?? 0,
    pool: source,
    close: async () => {
      const closing = [pool, replicaPool]
      pool = undefined
      replicaPool = undefined
      await Promise.all(closing.map((it) => it?.end()))
    },
  }
}

function configOf(compiled: Compiled, mode: Mode): pg.QueryConfig {
  const { text, values, isStatic, isPlannedOnce } = compiled
  const config = { text, values, ...(isPlannedOnce && named(text, isStatic)) }
  return mode === 'text' ? { ...config, ...untouched } : config
}

/** Named, a statement is parsed and planned once per connection: an eighth of the database's work for one
 * product. PgBouncer before 1.21 mixes up named statements, hence only on demand. */
function named(text: string, isStatic: boolean) {
  if (!settings().postgres.named) return undefined
  let name = names.get(text)
  if (!name) {
    if (!isStatic && names.size >= MOST_NAMES) return undefined
    name = createHash('sha256').update(text).digest('base64url').slice(0, 20)
    names.set(text, name)
  }
  return { name }
}

function count() {
  registry.queries++
  const call = invocation()
  if (call) call.queries = (call.queries ?? 0) + 1
}
