import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
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

/**
 * Adds as a patient client does: told to wait, it tries again with the same key, at the next of these
 * processes. 200, or 409 when there is not enough; `again` counts how often it was told to wait.
 */
export async function addUntilAnswered(
  processes: readonly CartProcess[],
  cookie: string,
  body: object,
  key: string,
): Promise<{ status: 200 | 409; again: number }> {
  for (let again = 0; again < 50; again++) {
    const { url } = processes[again % processes.length] ?? { url: '' }
    const reply = await fetch(`${url}/api/v1/cart/add/`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    })
    const text = await reply.text()
    if (reply.status === 200) return { status: 200, again }
    if (text.includes('insufficient_stock')) return { status: 409, again }
    if (![409, 503, 504].includes(reply.status)) throw new Error(`${reply.status} ${text}`)
    await pause(50 + Math.random() * 500)
  }
  throw new Error('never answered')
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
