import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { clusterFlags, startRedis, type TestRedis } from './redis.ts'
import { until } from './until.ts'

export type TestCluster = {
  /** One of its nodes; it names the others. */
  url: string
  /** What the nodes have answered with errors, and how often: `CROSSSLOT`, `MOVED`, … */
  errors(): Promise<Record<string, number>>
  /** Commands that each node has done. */
  commands(): Promise<number[]>
  stop(): Promise<void>
}

/** Slots of every Redis Cluster. */
const SLOTS = 16_384

function busOf(flags: string[]) {
  return flags[flags.indexOf('--cluster-port') + 1] ?? ''
}

/** A Redis Cluster of so many masters on this machine, without replicas. */
export async function startCluster(masters = 3): Promise<TestCluster> {
  const files: string[] = []
  const nodes: { server: TestRedis; client: Redis; bus: string }[] = []
  for (let at = 0; at < masters; at++) {
    const file = join(tmpdir(), `souk-redis-${randomBytes(8).toString('hex')}.conf`)
    files.push(file)
    const flags = await clusterFlags(file)
    const server = await startRedis(undefined, flags)
    nodes.push({ server, client: new Redis(server.url), bus: busOf(flags) })
  }
  const [first] = nodes
  if (!first) throw new Error('a cluster has a node at least')
  for (const [at, { client, server, bus }] of nodes.entries()) {
    const from = Math.floor((at * SLOTS) / masters)
    const to = Math.floor(((at + 1) * SLOTS) / masters) - 1
    await client.call('cluster', 'addslotsrange', from, to)
    if (at > 0) await first.client.call('cluster', 'meet', '127.0.0.1', server.port, bus)
  }
  for (const { client } of nodes)
    await until(async () => {
      const info = String(await client.call('cluster', 'info'))
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${masters}`)
    }, 20)
  return {
    url: first.server.url,
    async errors() {
      const all: Record<string, number> = {}
      for (const { client } of nodes) {
        const told = String(await client.info('errorstats'))
        for (const [, name = '', count] of told.matchAll(/errorstat_(\S+?):count=(\d+)/g))
          all[name] = (all[name] ?? 0) + Number(count)
      }
      return all
    },
    commands: () =>
      Promise.all(
        nodes.map(async ({ client }) => {
          const told = String(await client.info('stats'))
          return Number(/total_commands_processed:(\d+)/.exec(told)?.[1])
        }),
      ),
    async stop() {
      for (const { client, server } of nodes) {
        client.disconnect()
        await server.stop()
      }
      for (const file of files) rmSync(file, { force: true })
    },
  }
}
