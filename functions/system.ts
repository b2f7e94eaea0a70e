import { closeDiscovery } from '../discovery/client.ts'
import { closeCache } from '../shared/data/cache.ts'
import { database } from '../shared/data/postgres.ts'
import { services } from './catalog.ts'
import { openLocal, runningEnvironment } from './local.ts'
import { migrateService } from './run.ts'

/**
 * Runs a command's work beside the databases of the shop: of the one that runs in this checkout, of
 * those that the environment names, or of an embedded PostgreSQL started for this command.
 */
export async function inSystem(names: readonly string[], work: () => Promise<void>): Promise<void> {
  const running = runningEnvironment()
  const local = running ? undefined : await openLocal(services, new Map(), () => {})
  for (const [name, value] of Object.entries(running ?? local?.environment ?? {}))
    process.env[name] ??= value
  try {
    if (!running) await Promise.all(names.map((name) => migrateService(name)))
    await work()
  } finally {
    await Promise.all(names.map((name) => database(name).close()))
    await closeCache()
    await closeDiscovery()
    await local?.stop()
  }
}
