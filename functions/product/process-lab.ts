import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { responses } from '../../shared/data/cache.ts'
import { startHost } from '../../shared/runtime/host.ts'
import type { Shop } from '../../shared/testing/shop.ts'
import { product } from './service.ts'

/** Another process of the service on the shop's database, with a memory of its own; for tests. */
export async function secondProcess(
  shop: Shop,
): Promise<{ url: string; process: ChildProcess; stop(): Promise<void> }> {
  const { connectionString } = shop.db('product').pool().options
  const env = { ...process.env, DATABASE_URL_PRODUCT: connectionString ?? '' }
  const child = fork(fileURLToPath(import.meta.url), { env })
  const [port] = await once(child, 'message')
  return {
    url: `http://127.0.0.1:${port}`,
    process: child,
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

if (import.meta.main) {
  const host = await startHost({
    services: [product],
    port: 0,
    address: '127.0.0.1',
    peek: (contract, key) => responses(contract.service).peek(key),
  })
  const stopped = new AbortController()
  const background = product.background?.map((work) => work(stopped.signal)) ?? []
  process.once('SIGTERM', async () => {
    await host.drain()
    stopped.abort()
    await Promise.all(background)
    process.exit()
  })
  process.send?.(host.port)
}
