import assert from 'node:assert/strict'
import { compare } from '../lab/compare.ts'
import { post } from '../lab/drive.ts'
import type { Table } from '../lab/report.ts'
import type { BenchShop } from '../lab/shop.ts'

const USERS = 500
const path = '/api/v1/cart/add/'

/** Adding to a signed-in user's cart, beside Fastify doing the same with the same product service. */
export async function cartAdd(shop: BenchShop): Promise<Table> {
  const products = await shop.service('product')
  const there = { SERVICE_PRODUCT_URL: `http://127.0.0.1:${products.port}` }
  const [souk, plain] = await Promise.all([
    shop.service('cart', there),
    shop.peer('fastify-cart', there),
  ])
  const bytes = (group: string) =>
    Array.from({ length: USERS }, (_, at) => {
      const authorization = `Bearer ${shop.token(`${group}-${at}`)}`
      return post(path, { product_id: 1 + (at % 50), quantity: 1 }, { authorization })
    })
  const cycle = (all: readonly Buffer[]) => (n: number) => all[n % USERS] as Buffer
  try {
    await same(shop, souk.port, plain.port)
    return await compare({
      name: 'cart-add',
      title: 'POST /cart/add/ with a token',
      base: 'Fastify',
      sides: [
        { name: 'Fastify', port: plain.port, pids: [plain.pid], requests: cycle(bytes('fastify')) },
        { name: 'souk', port: souk.port, pids: [souk.pid], requests: cycle(bytes('souk')) },
      ],
      notes: [
        `${USERS} users with a cart each. Both verify the token, ask the product service for price and stock, add in one statement and answer the whole cart.`,
        'Souk verifies a token once while it lasts, and adds that come together share one question to the product service; Fastify does each every time.',
      ],
    })
  } finally {
    await Promise.all([souk.stop(), plain.stop()])
    await products.stop()
  }
}

type Answer = {
  items: [Record<string, unknown> & { quantity: number }]
  item_count: number
  total: string
  updated_at: string
}

/** Both add to the same cart: one more in the second answer, all else equal. */
async function same(shop: BenchShop, one: number, other: number): Promise<void> {
  const add = async (port: number) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${shop.token('somebody')}`,
      },
      body: JSON.stringify({ product_id: 3, quantity: 1 }),
    })
    const { items, updated_at: _, total: __, item_count, ...rest } = (await answer.json()) as Answer
    const { line_total: ___, quantity, ...item } = items[0]
    return { rest, item, keys: Object.keys(items[0]), difference: item_count - quantity }
  }
  assert.deepEqual(await add(other), await add(one))
}
