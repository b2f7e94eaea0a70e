import { close, open, url } from 'node:inspector'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Order } from './spare.ts'

/** See `spares`. Ends with whoever started it. */
enableCompileCache(join(import.meta.dirname, '../../.souk/compiled'))
const modules: string[] = JSON.parse(process.env.SOUK_PRELOAD ?? '[]')

process.on('message', (order: Partial<Order>) => {
  if (order.load === undefined) return
  process.removeAllListeners('message')
  Object.assign(process.env, order.env)
  if (order.inspect !== undefined) keepOpen(order.inspect)
  void import(pathToFileURL(order.load).href)
})
// What is broken is told by the service that needs it.
for (const name of modules) await import(name).catch(() => undefined)

/** The one before holds the port until it ends. */
function keepOpen(port: number): void {
  process.once('SIGTERM', () => {
    clearInterval(trying)
    close()
  })
  const trying = setInterval(() => {
    if (url() === undefined) open(port)
    else clearInterval(trying)
  }, 100)
  trying.unref()
}
