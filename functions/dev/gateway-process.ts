import { join } from 'node:path'
import * as z from 'zod'
import { startGateway } from '../../gateway/gateway.ts'
import { beat } from '../../shared/runtime/lifecycle.ts'
import { log, logToFile } from '../../shared/runtime/log.ts'
import { settings } from '../../shared/runtime/settings.ts'
import type { Told } from './told.ts'

/** The gateway as in `gateway/main.ts`, with Vite's development server in the place of built files. */
const Routes = z.array(z.object({ service: z.string(), roots: z.array(z.string()), port: z.int() }))
const routes = Routes.parse(JSON.parse(process.env.GATEWAY_ROUTES ?? '[]'))
const hotPort = Number(process.env.SOUK_HOT_PORT)

logToFile('gateway')
const ready = beat()
const { createServer } = await import('vite')
const vite = await createServer({
  configFile: join(import.meta.dirname, '../../web/vite.config.ts'),
  server: { middlewareMode: true, hmr: { port: hotPort, clientPort: hotPort } },
  appType: 'spa',
  logLevel: 'error',
})
const gateway = await startGateway({
  port: settings().port ?? 8000,
  routes,
  instances: (service) => settings().serviceUrls(service),
  storefront: (request, response) => vite.middlewares(request, response),
})
log.info('serving', { port: gateway.port })
ready()

process.on('message', (told: Partial<Told>) => {
  if (told.souk === 'broken' && told.text !== undefined)
    vite.ws.send({ type: 'error', err: { message: told.text, stack: '' } })
  if (told.souk === 'mended') vite.ws.send({ type: 'full-reload' })
})

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await gateway.close()
  await vite.close()
  process.exit(0)
}
process.on('SIGTERM', () => void stop())
process.on('SIGINT', () => void stop())
