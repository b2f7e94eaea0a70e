import assert from 'node:assert/strict'
import { compare } from '../lab/compare.ts'
import { get, type Requests } from '../lab/drive.ts'
import type { Table } from '../lab/report.ts'
import { type BenchShop, PRODUCTS } from '../lab/shop.ts'

/** The page behind the product with this id, as `next` would name it. */
export function pagePath(id: number): string {
  const after = Buffer.from(JSON.stringify(['id', String(id), id])).toString('base64url')
  return `/api/v1/products/?limit=20&offset=${id}&after=${after}`
}

/** Pages of 20, each asked for once, beside Fastify with pg. */
export function uncached(shop: BenchShop): Promise<Table> {
  const pages = PRODUCTS - 20
  return beside(shop, 'uncached', 'Page of 20 products, not stored', pages, pagePath)
}

/** One product, each asked for once. */
export function uncachedDetail(shop: BenchShop): Promise<Table> {
  const title = 'One product, not stored'
  return beside(shop, 'uncached-detail', title, PRODUCTS, (id) => `/api/v1/products/${id}/`)
}

async function beside(
  shop: BenchShop,
  name: string,
  title: string,
  kinds: number,
  path: (id: number) => string,
): Promise<Table> {
  const [souk, plain] = await Promise.all([shop.service('product'), shop.peer('fastify-product')])
  const sides = [
    { name: 'Fastify + pg', port: plain.port, pids: [plain.pid], requests: once(kinds, path) },
    { name: 'souk', port: souk.port, pids: [souk.pid], requests: once(kinds, path) },
  ]
  try {
    await same(souk.port, plain.port, path(7))
    return await compare({
      name,
      title,
      base: 'Fastify + pg',
      sides,
      notes: [
        'The same bytes, checked before. Every request is for another page or host name, so that none is answered from the store; each is stored all the same.',
        'Fastify: rows by SELECT, categories by json_agg, JSON by its compiled schema, ETag over the body. Neither writes a line for a good answer.',
      ],
    })
  } finally {
    await Promise.all([souk.stop(), plain.stop()])
  }
}

/** Walks through all pages, then through them again under another host name, which is another page. */
export function once(kinds: number, path: (id: number) => string): Requests {
  return (n) => get(path(1 + (n % kinds)), `shop-${Math.floor(n / kinds)}.localhost`)
}

async function same(one: number, other: number, path: string): Promise<void> {
  const [a, b] = await Promise.all(
    [one, other].map(async (port) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      // PostgreSQL writes a numeric's places, JSON.stringify does not: one byte a product.
      return (await answer.text()).replaceAll(`:${port}/`, '/').replaceAll('"rank":0.0', '"rank":0')
    }),
  )
  assert.equal(a, b)
}
