import assert from 'node:assert/strict'
import pg from 'pg'
import type { CallOptions, Shop } from '../../shared/testing/shop.ts'
import { person } from '../../shared/testing/tokens.ts'

type Gate = [name: string, most: number, target: string | Deep, options?: CallOptions]
/** The page that `next` of this one leads to. */
type Deep = { behind: string }
type Sent = { text: string; values: unknown[] }

const products = '/api/v1/products/'
const shopper: CallOptions = { as: person('shopper-42') }

/** At most so many blocks, whatever the size; measured at a million, and a quarter more. */
export const gates: Record<'product' | 'review' | 'cart', Gate[]> = {
  product: [
    ['one product', 60, `${products}700/`],
    ['first page', 500, `${products}?limit=20`],
    ['by price', 500, `${products}?limit=20&ordering=price`],
    ['by -rank', 500, `${products}?limit=20&ordering=-rank`],
    ['by -popularity', 500, `${products}?limit=20&ordering=-popularity`],
    ['by name', 500, `${products}?limit=20&ordering=name`],
    ['by -created_at', 500, `${products}?limit=20&ordering=-created_at`],
    ['far behind by price', 750, { behind: `${products}?limit=20&ordering=price&offset=900` }],
    ['far behind by -popularity', 750, { behind: `${products}?ordering=-popularity&offset=900` }],
    ['a category', 600, `${products}?limit=20&category=3`],
    ['a price range', 3000, `${products}?limit=20&price__gte=20&price__lte=50`],
    ['of a category, sorted', 6000, `${products}?category=3&price__lte=60&ordering=-rank`],
    [
      'few of a category, sorted',
      6000,
      `${products}?category=10&price__gte=10.01&price__lte=10.99&ordering=name`,
    ],
    ['of a category, by price', 600, `${products}?limit=20&category=3&ordering=price`],
    ['facets of a category and a price', 9000, `${products}?category=3&price__lte=60&facets=1`],
    ['a search, mistyped', 6000, `${products}?search=wireles+headfones`],
    ['a search for what many have', 6000, `${products}?search=comes`],
    ['facets of a filter', 9000, `${products}?limit=20&facets=1&price__lte=60`],
    ['facets of all', 600, `${products}?limit=20&facets=1`],
    ['ids', 600, `${products}?ids=${Array.from({ length: 20 }, (_, at) => 1 + at * 40)}`],
    ['a name', 100, `${products}?name=Nothing+is+called+so`],
  ],
  review: [
    ['newest of a product', 120, '/api/v1/reviews/7/'],
    [
      'far behind of the product that has most',
      120,
      { behind: '/api/v1/reviews/1/?limit=2&offset=6' },
    ],
    ['best of a product', 250, '/api/v1/reviews/7/?ordering=-rating'],
    ['of the product that has most', 120, '/api/v1/reviews/1/'],
    ['most helpful of it', 250, '/api/v1/reviews/1/?ordering=-helpful'],
    ['of one rating', 120, '/api/v1/reviews/1/?rating=3'],
  ],
  cart: [['of ten lines', 170, '/api/v1/cart/', shopper]],
}

let sent: Sent[] | undefined

/**
 * How many blocks of 8 KB PostgreSQL reads for each of a service's gates, by name, over the database at
 * `url`, which is vacuumed first. Everything that a request sends is caught and explained once more.
 */
export async function blocksRead(
  shop: Shop,
  service: keyof typeof gates,
  url: string,
): Promise<Map<string, number>> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query('vacuum (analyze)')
  const free = catchStatements()
  const found = new Map<string, number>()
  for (const [name, , target, options] of gates[service]) {
    const path = typeof target === 'string' ? target : await nextOf(shop, target)
    const statements: Sent[] = []
    sent = statements
    const { status } = await shop.call('GET', path, options)
    sent = undefined
    assert.equal(status, 200, path)
    let blocks = 0
    for (const it of statements) blocks += await blocksOf(client, it)
    found.set(name, blocks)
  }
  free()
  await client.end()
  return found
}

/** Lets every statement of this process pass, and keeps it while somebody listens. */
function catchStatements(): () => void {
  const { query } = pg.Client.prototype
  const caught = function (this: pg.Client, ...given: unknown[]): unknown {
    const [config] = given as [Partial<Sent>]
    if (typeof config?.text === 'string')
      sent?.push({ text: config.text, values: config.values ?? [] })
    return Reflect.apply(query, this, given)
  }
  pg.Client.prototype.query = caught as typeof query
  return () => {
    pg.Client.prototype.query = query
  }
}

async function nextOf(shop: Shop, { behind }: Deep): Promise<string> {
  const { body } = await shop.call('GET', behind)
  const { pathname, search } = new URL(body.next)
  return `${pathname}${search}`
}

type Explained = {
  'QUERY PLAN': [{ Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }]
}

/** Of reads alone; writes of an answer that only reads come later and are not part of it. */
async function blocksOf(client: pg.Client, { text, values }: Sent): Promise<number> {
  if (!/^\s*(select|with)\b/i.test(text)) return 0
  const { rows } = await client.query<Explained>(
    `explain (analyze, buffers, format json) ${text}`,
    values,
  )
  const plan = rows[0]?.['QUERY PLAN'][0].Plan
  return (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0)
}
