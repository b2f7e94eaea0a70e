import { close, open, url } from 'node:inspector'
import { pathToFileURL } from 'node:url'
import type { Order } from './spare.ts'

/** See `spares`. Ends with whoever started it. */
const packages: string[] = JSON.parse(process.env.SOUK_PRELOAD ?? '[]')

process.on('message', (order: Partial<Order>) => {
  if (order.load === undefined) return
  process.removeAllListeners('message')
  Object.assign(process.env, order.env)
  if (order.inspect !== undefined) keepOpen(order.inspect)
  void import(pathToFileURL(order.load).href)
})
for (const name of packages) await import(name).catch(() => undefined)

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
