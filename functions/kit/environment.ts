import { database } from '../../shared/data/postgres.ts'
import { openLocal, runningEnvironment } from '../local.ts'
import type { Places } from './places.ts'

/**
 * Runs a command's work beside the databases of the shop, as `inSystem` does, but opens and migrates
 * only what `names` says, and imports no service.
 */
export async function besideSystem<T>(
  { services }: Places,
  names: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const running = runningEnvironment()
  const local = running ? undefined : await openLocal(services, new Map(), () => {})
  for (const [name, value] of Object.entries(running ?? local?.environment ?? {}))
    process.env[name] ??= value
  try {
    if (!running) {
      const { migrate } = await import('../../shared/data/migrate.ts')
      await Promise.all(names.map((service) => migrate({ service })))
    }
    return await work()
  } finally {
    const [{ closeCache }, { closeDiscovery }] = await Promise.all([
      import('../../shared/data/cache.ts'),
      import('../../discovery/client.ts'),
    ])
    await Promise.all(names.map((name) => database(name).close()))
    await closeCache()
    await closeDiscovery()
    await local?.stop()
  }
}
