import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { beat } from '../shared/runtime/lifecycle.ts'
import { log, logToFile } from '../shared/runtime/log.ts'
import { settings } from '../shared/runtime/settings.ts'
import { startTracing } from '../shared/runtime/start-tracing.ts'
import { startGateway } from './gateway.ts'
import { statusOf } from './status.ts'
import { storefront } from './storefront.ts'

/** The gateway as a process: routes from `GATEWAY_ROUTES`, instances by the static list. */
const Routes = z.array(z.object({ service: z.string(), roots: z.array(z.string()), port: z.int() }))
const routes = Routes.parse(JSON.parse(process.env.GATEWAY_ROUTES ?? '[]'))
const web = join(import.meta.dirname, '../web')

logToFile('gateway')
const stopTracing = await startTracing('gateway')
const ready = beat()
const gateway = await startGateway({
  port: settings().port ?? 8000,
  routes,
  instances: (service) => settings().serviceUrls(service),
  ...(existsSync(web) ? { storefront: storefront({ folder: web, api, status }) } : {}),
})

/** The storefront asks through this gateway, so that it meets the rules that its visitors meet. */
function api(): string {
  return `http://127.0.0.1:${gateway.port}`
}

function status() {
  return statusOf(routes, (service) => settings().serviceUrls(service))
}

log.info('serving', { port: gateway.port })
ready()

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await gateway.close()
  await stopTracing()
  process.exit(0)
}
process.on('SIGTERM', () => void stop())
process.on('SIGINT', () => void stop())
