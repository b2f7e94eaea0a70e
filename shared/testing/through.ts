import { startPooler } from './pooler.ts'
import { startCluster } from './redis-cluster.ts'
import { startReplica } from './replica.ts'

/** What may stand between the tests and the servers they would have. */
export const ways = ['pgbouncer', 'redis-cluster', 'lagging-replica'] as const
export type Way = (typeof ways)[number]

export type Standing = {
  environment: Record<string, string>
  /** Ends it and tells what it has seen; fails when that must not be. */
  stop(): Promise<string>
}

/** How late the replica shows each commit, seconds. */
const LAG = 2

/** Starts it before the PostgreSQL at `admin`, for `npm test -- --through <way>`. */
export async function standBetween(way: Way, admin: string): Promise<Standing> {
  if (way === 'pgbouncer') {
    const pooler = await startPooler(admin)
    return {
      environment: { SOUK_TEST_POOLER: pooler.url, PG_LIMITS: 'false' },
      stop: async () => {
        const seen = await pooler.transactions()
        await pooler.stop()
        return `PgBouncer, transaction mode: ${seen} transactions`
      },
    }
  }
  if (way === 'redis-cluster') {
    const cluster = await startCluster()
    return {
      environment: { REDIS_URL: cluster.url, SOUK_TEST_REDIS: cluster.url, REDIS_CLUSTER: 'true' },
      stop: async () => {
        const [commands, errors] = [await cluster.commands(), await cluster.errors()]
        await cluster.stop()
        const seen = `Redis Cluster: ${commands.join(' + ')} commands, errors ${JSON.stringify(errors)}`
        if (errors.CROSSSLOT) throw new Error(seen)
        return seen
      },
    }
  }
  const replica = await startReplica(admin, LAG)
  return {
    environment: { SOUK_TEST_REPLICA: replica.url('postgres') },
    stop: async () => {
      const seen = await replica.reads()
      await replica.stop()
      return `Replica ${LAG} s behind: ${seen}`
    },
  }
}
