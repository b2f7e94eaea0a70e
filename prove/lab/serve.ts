import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { closeDiscovery } from '../../discovery/client.ts'
import { remoteKeys } from '../../discovery/keys.ts'
import { services } from '../../functions/catalog.ts'
import { closeCache, responses } from '../../shared/data/cache.ts'
import { migrate } from '../../shared/data/migrate.ts'
import { database } from '../../shared/data/postgres.ts'
import type { Service } from '../../shared/http/service.ts'
import { useKeys } from '../../shared/http/tokens.ts'
import { runHost } from '../../shared/runtime/lifecycle.ts'
import { settings } from '../../shared/runtime/settings.ts'

/**
 * One service as a process of its own, as `npm start` runs it, but of its sources:
 * `node prove/lab/serve.ts cart`, with the environment that a service takes.
 */
async function main(name: string): Promise<void> {
  const service: Service | undefined = services.find((it) => it.name === name)
  if (!service) throw new Error(`no service ${name}`)
  useKeys(service.keys ?? remoteKeys(name))
  const stopped = new AbortController()
  const background: Promise<void>[] = []
  await runHost({
    services: [service],
    port: settings().port ?? 0,
    address: '127.0.0.1',
    peek: (contract, key) => responses(contract.service).peek(key),
    waiting: (it) => database(it).waiting(),
    ready: async () => {
      await migrate({ service: name })
      await service.prepare?.()
      for (const work of service.background ?? []) background.push(work(stopped.signal))
    },
    stop: [
      async () => {
        stopped.abort()
        await Promise.all(background)
      },
      () => database(name).close(),
      closeCache,
      closeDiscovery,
    ],
  })
}

/** Tells who started it what it holds: its memory without garbage. */
function tellLive(): void {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  process.on('message', (message) => {
    if (message !== 'live') return
    collect()
    const { heapUsed, external } = process.memoryUsage()
    process.send?.({ live: heapUsed + external })
  })
}

tellLive()
await main(process.argv[2] ?? '')
