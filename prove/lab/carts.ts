import pg from 'pg'
import { guestOf, makeProduct } from '../../functions/cart/cart-lab.ts'
import { product } from '../../functions/product/service.ts'
import { type Entry, sumFaults } from '../../shared/testing/history.ts'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { until } from '../../shared/testing/until.ts'
import { type BreakablePostgres, breakablePostgres, makeDatabase } from './postgres.ts'
import { type ServiceProcess, startService } from './processes.ts'

/** Two processes of the cart service on a PostgreSQL that may be broken; products beside them. */
export type CartLab = {
  shop: Shop
  postgres: BreakablePostgres
  processes: ServiceProcess[]
  urls: string[]
  /** Cookies of guests that have a cart. */
  carts: string[]
  products: number[]
  /** All that was added so far. */
  history: Entry[]
  /** What is wrong with what is stored after that: the first few faults, and how many there are. */
  faults(): Promise<string[]>
  close(): Promise<void>
}

const CARTS = 100

/**
 * `before` tells the port where the processes find PostgreSQL, if something stands before it; `more`
 * is set for them beside what they need.
 */
export async function openCartLab(
  before: (postgres: BreakablePostgres) => Promise<number | undefined> = async () => undefined,
  more: Record<string, string> = {},
): Promise<CartLab> {
  const shop = await openShop([product])
  const postgres = await breakablePostgres()
  await makeDatabase(postgres, 'cart')
  const environment = {
    DATABASE_URL_CART: postgres.url('cart', await before(postgres)),
    SERVICE_PRODUCT_URL: shop.url('host', 'product'),
    SERVICE_AUTH_URL: 'http://127.0.0.1:1',
    LOGGING_LVL: 'ERROR',
    ...more,
  }
  // One after the other: the first migrates.
  const processes = [
    await startService('cart', environment),
    await startService('cart', environment),
  ]
  const urls = processes.map((it) => it.url)
  const products: number[] = []
  for (let at = 0; at < 4; at++) products.push(await makeProduct(shop, { stock_count: 1_000_000 }))
  const history: Entry[] = []
  const carts: string[] = []
  const ids: string[] = []
  for (let at = 0; at < CARTS; at++) {
    const body = JSON.stringify({ product_id: products[0] })
    const reply = await until(async () => {
      const headers = { 'content-type': 'application/json' }
      const made = await fetch(`${urls[at % 2]}/api/v1/cart/add/`, {
        method: 'POST',
        headers,
        body,
      })
      return made.status === 200 && made
    }, 30)
    const { cart_id } = (await reply.json()) as { cart_id: string }
    carts.push(guestOf(reply) ?? '')
    ids.push(cart_id)
  }
  return {
    shop,
    postgres,
    processes,
    urls,
    carts,
    products,
    history,
    async faults() {
      const client = new pg.Client(postgres.url('cart'))
      await client.connect()
      const { rows } = await client.query('select cart_id, product_id, quantity from cart_line')
      await client.end()
      const stored = new Map(
        rows.map((it) => {
          const at = ids.indexOf(it.cart_id)
          // The one that was put in to have a cart.
          const first = it.product_id === products[0] ? 1 : 0
          return [`${at}/${it.product_id}`, it.quantity - first] as const
        }),
      )
      const found = sumFaults(history, stored)
      return found.length > 5 ? [...found.slice(0, 5), `${found.length} in all`] : found
    },
    async close() {
      await Promise.all(processes.map((it) => it.stop()))
      await shop.close()
      await postgres.stop()
    },
  }
}
