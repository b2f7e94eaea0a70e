import cluster from 'node:cluster'
import { join } from 'node:path'
import { closeDiscovery, discoveryState } from '../discovery/client.ts'
import { remoteKeys } from '../discovery/keys.ts'
import { register } from '../discovery/registrar.ts'
import { cacheState, closeCache, responses } from '../shared/data/cache.ts'
import { migrate } from '../shared/data/migrate.ts'
import { database } from '../shared/data/postgres.ts'
import { keepPurging } from '../shared/data/purge.ts'
import { keepTidy } from '../shared/data/tidy.ts'
import { tags } from '../shared/derive/traefik.ts'
import { docs } from '../shared/http/docs.ts'
import type { Service } from '../shared/http/service.ts'
import { useKeys } from '../shared/http/tokens.ts'
import { runHost } from '../shared/runtime/lifecycle.ts'
import { log, logToFile } from '../shared/runtime/log.ts'
import { SettingsError, settings } from '../shared/runtime/settings.ts'
import { startTracing } from '../shared/runtime/start-tracing.ts'
import { runSupervisor } from '../shared/runtime/supervise.ts'
import { watchdog } from '../shared/runtime/watchdog.ts'
import { processMetrics, serviceMetrics } from './service-metrics.ts'

/** How long a leaving process still answers, where a gateway must first learn that it leaves. */
const DRAIN_SECONDS = 5

/**
 * Runs one service until it is told to stop: host, migrations, background work, discovery; first as
 * the supervisor of `WORKERS` processes, then as one of them. With SOUK_SUPERVISOR=none, as in our
 * images, a single process runs by itself: its container starts it again. `folder` is the built
 * folder, which holds this module's entry `host.mjs` and the migrations.
 */
export async function runService(service: Service, folder: string): Promise<void> {
  readSettings()
  const { workers } = settings()
  // A supervisor of one process costs nearly as much memory as that process.
  const isAlone = workers === 1 && process.env.SOUK_SUPERVISOR === 'none'
  if (cluster.isPrimary && isAlone) watchdog()
  else if (cluster.isPrimary) {
    const { name, memory } = service
    runSupervisor([{ name, memory, module: join(folder, 'host.mjs'), workers }])
    return
  }
  logToFile(service.name)
  const stopTracing = await startTracing(service.name)
  useKeys(service.keys ?? remoteKeys(service.name))
  const stopped = new AbortController()
  const background: Promise<void>[] = []
  let leave: (() => Promise<void>) | undefined
  const inDiscovery = settings().discovery === 'consul'
  const host = await runHost({
    services: [service],
    port: settings().port ?? service.port,
    drainSeconds: inDiscovery ? DRAIN_SECONDS : 0,
    docs: docs(service),
    peek: (contract, key) => responses(contract.service).peek(key),
    waiting: (name) => database(name).waiting(),
    ready: async () => {
      await migrateService(service.name, folder)
      await service.prepare?.()
      for (const work of service.background ?? []) background.push(work(stopped.signal))
      background.push(keepTidy(database(service.name), service.tidy ?? {}, stopped.signal))
      const { purgeUrls } = settings()
      if (purgeUrls.length > 0)
        background.push(keepPurging(database(service.name), purgeUrls, stopped.signal))
      if (inDiscovery)
        leave = register({ service: service.name, port: host.port, tags: tags(service) })
    },
    health: () => health(service.name),
    metrics: () => processMetrics(service.name),
    serviceMetrics: () => serviceMetrics(service.name),
    leave: async () => leave?.(),
    stop: [
      async () => {
        stopped.abort()
        await Promise.all(background)
      },
      () => database(service.name).close(),
      closeCache,
      closeDiscovery,
      stopTracing,
    ],
  })
  log.info('serving', { service: service.name, port: host.port })
}

/** Brings the service's database up to its schema; any number may do so at once. */
export async function migrateService(name: string, folder?: string): Promise<void> {
  const folders = folder && [join(folder, 'schema/house'), join(folder, 'schema/service')]
  await migrate({ service: name, ...(folders ? { folders } : {}) })
}

async function health(name: string): Promise<Record<string, unknown>> {
  const answers = await database(name)
    .outside('select 1', [])
    .then(
      () => 'up',
      () => 'down',
    )
  return { database: answers, cache: cacheState(), discovery: discoveryState() }
}

/** Reads the configuration first, so that a bad one ends the start with one clear message. */
function readSettings(): void {
  try {
    settings()
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    console.error(error.message)
    process.exit(1)
  }
}
