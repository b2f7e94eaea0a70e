import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { consulResolver } from '../discovery/resolve-consul.ts'
import { log, logToFile } from '../shared/runtime/log.ts'
import { startTracing } from '../shared/runtime/start-tracing.ts'
import { startGateway } from './gateway.ts'
import { statusOf } from './status.ts'
import { storefront } from './storefront.ts'

/**
 * The storefront as a container behind a gateway: its pages, and for every path of a service 503,
 * since the gateway sends those here only when it knows no healthy instance. Data for its pages
 * comes straight from the services, found through Consul.
 */
const Routes = z.array(z.object({ service: z.string(), roots: z.array(z.string()), port: z.int() }))
const routes = Routes.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, 'routes.json'), 'utf8')),
)
const env = process.env
/** Between two looks at what the resolver knows, which itself watches. */
const LOOK_MS = 500

logToFile('storefront')
const stopTracing = await startTracing('storefront')
const tokenFile = env.CONSUL_HTTP_TOKEN_FILE
const discovery = consulResolver({
  address: env.CONSUL_HTTP_ADDR || 'consul:8500',
  token: tokenFile ? readFileSync(tokenFile, 'utf8').trim() : env.CONSUL_HTTP_TOKEN || undefined,
  // They are sealed under a key that this server has no need of.
  snapshots: { read: () => [], write: () => undefined },
})
const inside = await startGateway({
  port: 0,
  address: '127.0.0.1',
  routes,
  instances: () => [],
  keepsForwarding: true,
})
const look = setInterval(() => void follow(), LOOK_MS).unref()
void follow()

const outside = await startGateway({
  port: Number(env.PORT || 8000),
  routes,
  instances: () => [],
  isBehindGateway: true,
  storefront: storefront({
    folder: env.WEB_FOLDER || '/web',
    api: () => `http://127.0.0.1:${inside.port}`,
    status: () => statusOf(routes, (service) => inside.instancesOf(service)?.urls ?? []),
  }),
})
log.info('serving', { port: outside.port })

async function follow(): Promise<void> {
  await Promise.all(
    routes.map(async ({ service }) => {
      const urls = await discovery.endpoints(service)
      const known = inside.instancesOf(service)
      if (known && known.urls.join() !== urls.join()) known.set(urls)
    }),
  )
}

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  clearInterval(look)
  await outside.close()
  await inside.close()
  discovery.close()
  await stopTracing()
  process.exit(0)
}
process.on('SIGTERM', () => void stop())
process.on('SIGINT', () => void stop())
