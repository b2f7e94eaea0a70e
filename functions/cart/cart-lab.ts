import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { useDatabase } from '../../shared/data/postgres.ts'
import { startHost } from '../../shared/runtime/host.ts'
import { freePorts, type Reply, type Shop } from '../../shared/testing/shop.ts'
import { cart } from './service.ts'

/** The cart service as a process of its own; the same as `node cart-lab.ts <database> <port>`. */
export type CartProcess = { url: string; stop(): Promise<void> }

/** Starts one that finds the product service at these URLs. */
export async function startCart(
  databaseUrl: string,
  productUrls: readonly string[],
): Promise<CartProcess> {
  const [port = 0] = await freePorts(1)
  // Set by the first call that a process answers, and only there.
  const { AWS_LAMBDA_MAX_CONCURRENCY: _own, ...inherited } = process.env
  const env = { ...inherited, SERVICE_PRODUCT_URL: productUrls.join(',') }
  const file = fileURLToPath(import.meta.url)
  const child: ChildProcess = fork(file, [databaseUrl, String(port)], { stdio: 'inherit', env })
  await new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`the cart process ended with ${code}`)))
  })
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** Puts a product into the shop and returns its id. */
export async function makeProduct(
  shop: Shop,
  more: { name?: string; price?: string; stock_count?: number } = {},
): Promise<number> {
  const body = { name: 'Tea pot', price: '12.99', stock_count: 50, ...more }
  const { body: product, text } = await shop.call('POST', '/api/v1/products/', {
    as: 'staff',
    body: { description: '', categories: [], subcategories: [], ...body },
  })
  if (!product?.id) throw new Error(`no product was made: ${text}`)
  return product.id
}

/** `name=value` of the guest cookie that an answer sets; undefined when it sets none. */
export function guestOf(reply: Reply | Response): string | undefined {
  return reply.headers
    .getSetCookie()
    .find((it) => it.startsWith('souk_guest='))
    ?.split(';')[0]
}

/** URL of the database that this process uses for a service. */
export function databaseUrlOf(shop: Shop, service: string): string {
  return shop.db(service).pool().options.connectionString ?? ''
}

async function main([databaseUrl = '', port]: string[]): Promise<void> {
  await useDatabase('cart', databaseUrl)
  await startHost({ services: [cart], port: Number(port), address: '127.0.0.1' })
  process.on('disconnect', () => process.exit())
  process.send?.('ready')
}

if (import.meta.main) await main(process.argv.slice(2))
