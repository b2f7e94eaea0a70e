import { createHash } from 'node:crypto'
import { fastify } from 'fastify'
import pg from 'pg'
import { securityHeaders } from '../../shared/http/headers.ts'

/**
 * What one would write with Fastify and pg: rows by SELECT, JSON by Fastify's compiled schemas, to the
 * same bytes. The count comes from the kept totals, as ours does: `count(*)` would cost it far more.
 */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL_PRODUCT, max: 10 })
const app = fastify({ keepAliveTimeout: 95_000, logger: { level: 'warn' } })

const named = (table: string, link: string) => `
  (select coalesce(json_agg(json_build_object('id', it.id, 'name', it.name) order by it.id), '[]')
   from product_${table} l join ${table} it on it.id = l.${link} where l.product_id = p.id)`
const columns = `
  p.id, p.name, p.slug, p.description, p.price, p.image, p.stock_count, n.popularity, n.sales_count,
  p.rank, p.rating_count, p.barcode, p.user_id, ${named('category', 'category_id')} as categories,
  ${named('subcategory', 'subcategory_id')} as subcategories, p.created_at, p.updated_at
  from product p join product_count n on n.product_id = p.id`
const page = `select ${columns} where p.id > $1 order by p.id limit $2`
const one = `select ${columns} where p.id = $1`
const total = `select count from product_total where kind = 'all'`

type Row = {
  id: number
  image: string | null
  popularity: string
  sales_count: string
  rank: string
  created_at: Date
  updated_at: Date
}

const text = { type: 'string' }
const integer = { type: 'integer' }
const orNull = { type: ['string', 'null'] }
const pairs = {
  type: 'array',
  items: { type: 'object', properties: { id: integer, name: text } },
}
const product = {
  type: 'object',
  properties: {
    ...{ id: integer, name: text, slug: text, description: text, price: text, image: orNull },
    ...{ stock_count: integer, popularity: integer, sales_count: integer },
    ...{ rank: { type: 'number' }, rating_count: integer, barcode: text, user_id: text },
    ...{ categories: pairs, subcategories: pairs, created_at: text, updated_at: text },
  },
}
const products = {
  type: 'object',
  properties: {
    ...{ count: integer, next: orNull, previous: orNull },
    results: { type: 'array', items: product },
  },
}
const headers = { ...securityHeaders, 'cache-control': 'public, max-age=0, must-revalidate' }

function shown(row: Row) {
  return {
    ...row,
    image: row.image === null ? null : `/api/v1/media/${row.image}`,
    popularity: Number(row.popularity),
    sales_count: Number(row.sales_count),
    rank: Number(row.rank),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

app.addHook('onSend', async (_request, reply, payload: string) => {
  const etag = createHash('sha1').update(payload).digest('base64url')
  reply.headers({ ...headers, etag: `"${etag}"` })
  return payload
})

app.get<{ Querystring: { limit: number; offset: number; after?: string } }>(
  '/api/v1/products/',
  {
    schema: {
      querystring: {
        type: 'object',
        properties: {
          limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
          offset: { type: 'integer', minimum: 0, default: 0 },
          after: { type: 'string', maxLength: 2000 },
        },
      },
      response: { 200: products },
    },
  },
  async ({ query, host }) => {
    const { limit, offset, after } = query
    const place = after ? JSON.parse(Buffer.from(after, 'base64url').toString())[2] : 0
    const [found, counted] = await Promise.all([
      pool.query<Row>(page, [place, limit + 1]),
      pool.query<{ count: string }>(total),
    ])
    const rows = found.rows.slice(0, limit)
    const last = rows.at(-1)?.id
    const link = (from: number, behind?: number) => {
      const search = new URLSearchParams({ limit: String(limit) })
      if (from > 0) search.set('offset', String(from))
      if (behind !== undefined)
        search.set(
          'after',
          Buffer.from(JSON.stringify(['id', `${behind}`, behind])).toString('base64url'),
        )
      return `http://${host}/api/v1/products/?${search}`
    }
    return {
      count: Number(counted.rows[0]?.count ?? 0),
      next: found.rows.length > limit ? link(offset + limit, last) : null,
      previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
      results: rows.map(shown),
    }
  },
)

app.get<{ Params: { id: number } }>(
  '/api/v1/products/:id/',
  {
    schema: {
      params: { type: 'object', properties: { id: { type: 'integer', minimum: 1 } } },
      response: { 200: product },
    },
  },
  async ({ params }, reply) => {
    const { rows } = await pool.query<Row>(one, [params.id])
    return rows[0] ? shown(rows[0]) : reply.code(404).send()
  },
)

app.get('/ready', async () => ({ ok: (await pool.query('select 1')).rowCount }))
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
process.on('SIGTERM', () => process.exit(0))
