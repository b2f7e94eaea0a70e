import { spawn } from 'node:child_process'
import { once as event } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { compare, type Side } from '../lab/compare.ts'
import { get, post, type Requests } from '../lab/drive.ts'
import { leftOut, node20, peers } from '../lab/peers.ts'
import { type Served, serveFrom } from '../lab/process.ts'
import type { Table } from '../lab/report.ts'
import { type BenchShop, PRODUCTS } from '../lab/shop.ts'
import { once, pagePath } from './uncached.ts'

const PAGES = PRODUCTS - 20

/** What the page shows in ours, as far as Vendure knows it. */
const query = (
  skip: number,
) => `{ products(options: { take: 20, skip: ${skip} }) { totalItems items {
  id createdAt updatedAt name slug description featuredAsset { preview } collections { id name }
  variants { id sku price priceWithTax currencyCode stockLevel } } } }`

/** A page of 20 of the same 10,000 products, beside other shops from npm on the same PostgreSQL. */
export async function shops(shop: BenchShop): Promise<Table> {
  const running: Served[] = []
  const missing: string[] = []
  const sides: Side[] = []
  const add = (name: string, served: Served, requests: Requests) => {
    running.push(served)
    sides.push({ name, port: served.port, pids: [served.pid], requests })
  }
  try {
    add('souk', await shop.service('product'), once(PAGES, pagePath))
    for (const [name, start] of Object.entries({ Medusa: startMedusa, Vendure: startVendure })) {
      const why = leftOut(`../${name.toLowerCase()}/node_modules`)
      if (why)
        missing.push(`${name} is left out, as it is not installed: npm run bench -- --install`)
      else {
        const { serve, requests } = await start(shop)
        add(name, await serve(), requests)
        // The bars were set with Node 20 for all.
        if (existsSync(node20)) add(`${name}, on Node 20`, await serve(node20), requests)
      }
    }
    return await compare({
      name: 'shops',
      title: 'Page of 20 of 10,000 products, not stored, beside other shops',
      base: 'souk',
      inverse: true,
      seconds: 6,
      sides,
      notes: [
        'The same server, the same products by name, slug and description, each with one variant in the others. Every request is for another page.',
        'Medusa: `/store/products?limit=20`, which shows no prices without more being asked. Vendure: 20 products with price and stock by its shop API. Both as they come, `NODE_ENV=production`, one process, without Redis, which neither uses for this.',
        ...missing,
      ],
    })
  } finally {
    for (const it of running) await it.stop()
  }
}

type Prepared = { serve: (node?: string) => Promise<Served>; requests: Requests }

async function startMedusa(shop: BenchShop): Promise<Prepared> {
  const { url, serve } = await prepared(shop, 'medusa', 'medusa.cjs')
  const key = await ask(url, 'select token from api_key')
  const headers = `x-publishable-api-key: ${key}\r\n\r\n`
  const requests: Requests = (n) => {
    const page = get(`/store/products?limit=20&offset=${n % PAGES}`)
    return Buffer.concat([page.subarray(0, -2), Buffer.from(headers)])
  }
  return { serve, requests }
}

async function startVendure(shop: BenchShop): Promise<Prepared> {
  const { serve } = await prepared(shop, 'vendure', 'vendure.mjs')
  return { serve, requests: (n) => post('/shop-api', { query: query(n % PAGES) }) }
}

/** A database of its own with our products in its tables, and how the shop is served from it. */
async function prepared(shop: BenchShop, name: string, file: string) {
  const cwd = join(peers, name)
  await ask(shop.url('product'), `create database ${name}`)
  const url = shop.url(name)
  const env = { [`DATABASE_URL_${name.toUpperCase()}`]: url, NODE_ENV: 'production' }
  const filling = spawn(process.execPath, [file], {
    cwd,
    env: { ...process.env, ...env, SOURCE_URL: shop.url('product') },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await event(filling, 'exit')
  if (code !== 0) throw new Error(`${name} could not be filled`)
  const serve = (node?: string) => serveFrom(join(cwd, file), { node, cwd, env, ready: '/health' })
  return { url, serve }
}

/** The first column of the first row. */
async function ask(url: string, text: string): Promise<unknown> {
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query({ text, rowMode: 'array' })
  await client.end()
  return rows[0]?.[0]
}
