import { circuits } from '../discovery/upstream.ts'
import { responses } from '../shared/data/cache.ts'
import { outboxLag } from '../shared/data/outbox.ts'
import { database } from '../shared/data/postgres.ts'
import type { Metric } from '../shared/runtime/metrics.ts'

/** Numbers of one process beside those of its host: connections, what is stored, circuits. */
export function processMetrics(service: string): Metric[] {
  const pool = database(service).pool()
  const { hits, shared, fills, entries, bytes } = responses(service).stats()
  const connections = 'Connections to the database, by what they do.'
  const cache = 'Answers of the cache, by where they came from.'
  return [
    gauge('souk_pool_connections', connections, pool.totalCount - pool.idleCount, {
      state: 'used',
    }),
    gauge('souk_pool_connections', connections, pool.idleCount, { state: 'idle' }),
    gauge('souk_pool_waiting', 'Statements that wait for a connection.', pool.waitingCount),
    counter('souk_cache_reads_total', cache, hits, { from: 'memory' }),
    counter('souk_cache_reads_total', cache, shared, { from: 'redis' }),
    counter('souk_cache_reads_total', cache, fills, { from: 'work' }),
    gauge('souk_cache_entries', 'Answers held in memory.', entries),
    gauge('souk_cache_bytes', 'Memory that they take.', bytes),
    ...circuits().map(({ service: target, state }) =>
      gauge(
        'souk_circuit_open',
        'Calls to a service that are not tried: 0 closed, 0.5 trying again, 1 open.',
        { closed: 0, 'half-open': 0.5, open: 1 }[state],
        { target },
      ),
    ),
  ]
}

/** Numbers of a service, the same in all its processes. */
export async function serviceMetrics(service: string): Promise<Metric[]> {
  const { waiting, oldestSeconds, dead } = await outboxLag(database(service))
  return [
    gauge('souk_outbox_waiting', 'Events not yet taken by the other side.', waiting),
    gauge('souk_outbox_oldest_seconds', 'Age of the oldest of them.', oldestSeconds),
    gauge('souk_outbox_dead', 'Events given up after 24 hours.', dead),
  ]
}

function gauge(name: string, help: string, value: number, labels = {}): Metric {
  return { name, help, type: 'gauge', value, labels }
}

function counter(name: string, help: string, value: number, labels = {}): Metric {
  return { name, help, type: 'counter', value, labels }
}
