import { Cluster, Redis } from 'ioredis'
import { log } from '../runtime/log.ts'

type Client = Redis | Cluster

export type RedisLink = {
  /**
   * What `work` answers, or undefined when Redis cannot be used now. Costs at most the command
   * timeout, nothing while the breaker is open; never fails.
   */
  attempt<T>(work: (client: Client) => Promise<T>): Promise<T | undefined>
  isUp(): boolean
  close(): Promise<void>
}

const breaker = { failures: 5, probeEvery: 1000 }

const options = {
  // ioredis by default keeps commands for a server that is away; a GET hung for over 25 s.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  autoResendUnfulfilledCommands: false,
  commandTimeout: 100,
  connectTimeout: 500,
  retryStrategy: (times: number) => Math.min(times * 100, 2000),
}

/** A link to Redis that can break at any time and mends itself in the background. */
export function openRedis({ url, cluster }: { url: string; cluster: boolean }): RedisLink {
  const client: Client = cluster ? openCluster(url) : new Redis(url, options)
  let failures = 0
  let probe: NodeJS.Timeout | undefined
  let told = false

  client.on('error', (error) => tell(error))
  client.on('ready', () => {
    if (told) log.info('Redis is back')
    told = false
    close()
  })

  return {
    attempt: async (work) => {
      if (probe || client.status !== 'ready') return undefined
      try {
        const answer = await work(client)
        failures = 0
        return answer
      } catch (error) {
        if (++failures >= breaker.failures) open(error)
        return undefined
      }
    },
    isUp: () => !probe && client.status === 'ready',
    close: async () => {
      close()
      client.disconnect()
    },
  }

  /** Only this probe meets a Redis that hangs; requests go on without it. */
  function open(error: unknown) {
    tell(error)
    if (probe) return
    probe = setInterval(async () => {
      try {
        await client.ping()
        close()
      } catch {
        // Still away; the next probe asks again.
      }
    }, breaker.probeEvery)
    probe.unref()
  }

  function close() {
    clearInterval(probe)
    probe = undefined
    failures = 0
  }

  /** Once per outage: a lost cache is worth one line, not one a request. */
  function tell(error: unknown) {
    if (!told) log.warn('Redis is away; going on without it', { error })
    told = true
  }
}

function openCluster(url: string) {
  const { hostname, port, username, password, protocol } = new URL(url)
  return new Cluster([{ host: hostname, port: Number(port || 6379) }], {
    enableOfflineQueue: false,
    // Managed clusters answer with names whose certificates do not match addresses.
    dnsLookup: (address, done) => done(null, address),
    redisOptions: {
      ...options,
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  })
}
