import { setTimeout as pause } from 'node:timers/promises'
import { remoteKeys } from '../discovery/keys.ts'
import { database } from '../shared/data/postgres.ts'
import { tidyAll, tidyOnce } from '../shared/data/tidy.ts'
import type { Handler, Service } from '../shared/http/service.ts'
import { useKeys } from '../shared/http/tokens.ts'
import { behindEdge } from '../shared/runtime/lambda-edge.ts'
import { routing } from '../shared/runtime/lambda-router.ts'
import { migrateService } from './run.ts'

// What a service needs on Lambda beside its endpoints; esbuild.config.mjs makes an entry of each.

/** The function of `$default`: all that API Gateway's routes do not name. */
export function rest(service: Service): Handler {
  useKeys(service.keys ?? remoteKeys(service.name))
  return behindEdge(routing(service))
}

/** Brings the database up to its schema, then does what the service does once. */
export function migration(service: Service, folder: string): () => Promise<string> {
  return async () => {
    await migrateService(service.name, folder)
    await service.prepare?.()
    return `${service.name} is migrated`
  }
}

/**
 * What a container does beside answering, for `BACKGROUND_SECONDS` (50); started by the clock each
 * minute, so that events leave within the second. With `{ "tidy": true }` what is due once an hour.
 */
export function background(service: Service): (event: { tidy?: boolean }) => Promise<void> {
  return async ({ tidy }) => {
    if (tidy) return tidyOnce(tidyAll(database(service.name), service.tidy))
    const stopped = new AbortController()
    const under = (service.background ?? []).map((work) => work(stopped.signal))
    await pause(Number(process.env.BACKGROUND_SECONDS ?? 50) * 1000)
    stopped.abort()
    await Promise.all(under)
  }
}
