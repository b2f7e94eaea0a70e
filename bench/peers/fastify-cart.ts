import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { fastify } from 'fastify'
import jwt from 'jsonwebtoken'
import pg from 'pg'
import { Pool } from 'undici'
import { securityHeaders } from '../../shared/http/headers.ts'
import { signService } from '../../shared/http/tokens.ts'

/**
 * Adding to a signed-in user's cart as one would write it with Fastify, pg and undici: the token is
 * verified, the product service asked, one statement adds, one reads the cart; JSON by a schema.
 */
const published = await fetch(`${process.env.SERVICE_AUTH_URL}/`)
const { keys } = (await published.json()) as { keys: [JsonWebKey] }
const key = createPublicKey({ key: keys[0], format: 'jwk' })
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL_CART, max: 10 })
const products = new Pool(process.env.SERVICE_PRODUCT_URL ?? '', { connections: 20 })
let service = { token: '', until: 0 }

const add = `
  with mine as (
    insert into cart (user_id) values ($1)
    on conflict (user_id) do update set updated_at = cart.updated_at returning id),
  known as (
    insert into product (id, version, name, price, image, stock_count)
    values ($2, $3, $4, $5, $6, $7) on conflict do nothing)
  insert into cart_line (cart_id, product_id, quantity, added_price)
  select id, $2, $8, $5 from mine
  on conflict (cart_id, product_id) do update
    set quantity = cart_line.quantity + excluded.quantity, added_price = excluded.added_price
    where cart_line.quantity + excluded.quantity <= least($7, 999)
  returning id`
const read = `
  select c.id, c.user_id, c.updated_at, l.quantity, l.added_price, p.id as product_id
  from cart c join cart_line l on l.cart_id = c.id join product p on p.id = l.product_id
  where c.user_id = $1 order by l.id`

type Product = {
  id: number
  version: number
  name: string
  price: string
  image: string | null
  stock_count: number
}
type Line = {
  id: string
  user_id: string
  updated_at: Date
  quantity: number
  added_price: string
  product_id: number
}

const text = { type: 'string' }
const integer = { type: 'integer' }
const orNull = { type: ['string', 'null'] }
const item = {
  type: 'object',
  properties: {
    ...{ product_id: integer, quantity: integer, name: text, image: orNull, price: text },
    ...{ line_total: text, available: integer, problem: orNull },
  },
}
const cart = {
  type: 'object',
  properties: {
    ...{ status: text, item_id: text, cart_id: text, user_id: text },
    items: { type: 'array', items: item },
    ...{ total: text, item_count: integer, updated_at: text },
  },
}

function serviceToken(): string {
  if (service.until < Date.now())
    service = { token: signService('cart', 'product'), until: Date.now() + 30_000 }
  return service.token
}

async function ask(ids: number[]): Promise<Map<number, Product>> {
  const { statusCode, body } = await products.request({
    path: `/internal/v1/products/?ids=${ids.join(',')}`,
    method: 'GET',
    headers: { authorization: `Bearer ${serviceToken()}`, accept: 'application/json' },
  })
  const { results } = (await body.json()) as { results: Product[] }
  if (statusCode !== 200) throw new Error(`products answered ${statusCode}`)
  return new Map(results.map((it) => [it.id, it]))
}

function shown(rows: readonly Line[], facts: ReadonlyMap<number, Product>) {
  const items = rows.map(({ product_id, quantity, added_price }) => {
    const { name = '', image = null, price = '0.00', stock_count = 0 } = facts.get(product_id) ?? {}
    const line_total = (Number(price) * quantity).toFixed(2)
    const changed = price === added_price ? null : 'price_changed'
    const problem = stock_count < quantity ? 'insufficient_stock' : changed
    return { product_id, quantity, name, image, price, line_total, available: stock_count, problem }
  })
  return {
    cart_id: rows[0]?.id,
    user_id: rows[0]?.user_id,
    items,
    total: items.reduce((sum, it) => sum + Number(it.line_total), 0).toFixed(2),
    item_count: items.reduce((sum, it) => sum + it.quantity, 0),
    updated_at: rows[0]?.updated_at.toISOString(),
  }
}

const app = fastify({ keepAliveTimeout: 95_000, logger: { level: 'warn' } })
const headers = { ...securityHeaders, 'cache-control': 'private, no-store' }

app.post<{ Body: { product_id: number; quantity: number } }>(
  '/api/v1/cart/add/',
  {
    schema: {
      body: {
        type: 'object',
        required: ['product_id'],
        additionalProperties: false,
        properties: {
          product_id: { type: 'integer', minimum: 1 },
          quantity: { type: 'integer', minimum: 1, maximum: 999, default: 1 },
        },
      },
      response: { 200: cart },
    },
  },
  async ({ body, headers: given }, reply) => {
    const token = given.authorization?.slice('Bearer '.length) ?? ''
    const { sub = '' } = jwt.verify(token, key, {
      algorithms: ['ES256'],
      audience: 'souk',
    }) as jwt.JwtPayload
    const before = await pool.query<Line>(read, [sub])
    const ids = new Set(before.rows.map((it) => it.product_id)).add(body.product_id)
    const facts = await ask([...ids])
    const product = facts.get(body.product_id)
    if (!product) return reply.code(404).send()
    const { id, version, name, price, image, stock_count } = product
    const values = [sub, id, version, name, price, image, stock_count, body.quantity]
    const added = await pool.query<{ id: string }>(add, values)
    if (!added.rows[0]) return reply.code(409).send()
    const { rows } = await pool.query<Line>(read, [sub])
    reply.headers(headers)
    return { status: 'success', item_id: added.rows[0].id, ...shown(rows, facts) }
  },
)

app.get('/ready', async () => ({ ok: (await pool.query('select 1')).rowCount }))
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
process.on('SIGTERM', () => process.exit(0))
