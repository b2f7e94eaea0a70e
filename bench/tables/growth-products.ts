import pg from 'pg'
import { sweepFavourites } from '../../functions/product/queries/favourites.ts'
import { useDatabase } from '../../shared/data/postgres.ts'
import { openGrounds } from '../growth/grounds.ts'
import { get, type Requests } from '../lab/drive.ts'
import { growth, type Kind } from '../lab/growth.ts'
import type { Served } from '../lab/process.ts'
import type { Table } from '../lab/report.ts'
import type { BenchShop } from '../lab/shop.ts'

const SMALL = 1000
const LARGE = 1_000_000
const DEEP = 10_000 * 20

const orderings = ['price', '-price', '-rank', '-popularity', '-created_at', 'name']
const typed = ['wireles headfones', 'runing shos', 'sofft blanket', 'foldin scootr', 'brass bel']

/** What a page costs in a shop of a million products, beside one of a thousand. */
export async function growthProducts(shop: BenchShop): Promise<Table> {
  const grounds = await openGrounds({ isWarm: true })
  const served: Served[] = []
  try {
    const open = async (size: number): Promise<number> => {
      const url = await grounds.url('product', size)
      await sweep(url)
      const it = await shop.service('product', { DATABASE_URL_PRODUCT: url })
      served.push(it)
      return it.port
    }
    const [small, large] = [await open(SMALL), await open(LARGE)]
    const both = (name: string, path: (n: number, size: number) => string): Kind => ({
      name,
      most: 2,
      small: { port: small, requests: each((n) => path(n, SMALL)) },
      large: { port: large, requests: each((n) => path(n, LARGE)) },
    })
    const list = (query: string) => `/api/v1/products/?limit=20${query}`
    const kinds = [
      both('first page', () => list('')),
      both('first page, sorted', (n) => list(`&ordering=${orderings[n % 6]}`)),
      both('filtered and sorted', (n) => list(`${filter(n)}&ordering=${orderings[n % 6]}`)),
      both('search, mistyped', (n) => list(`&search=${encodeURIComponent(typed[n % 5] ?? '')}`)),
      both('search, a word of many', () => list('&search=comes')),
      both('facets of all', () => list('&facets=1')),
      both('facets of a filter', (n) => list(`&facets=1${filter(n)}`)),
      both('one product', (n, size) => `/api/v1/products/${1 + ((n * 7919) % size)}/`),
    ]
    for (const ordering of ['price', '-popularity'])
      kinds.push(await deep(await grounds.url('product', LARGE), large, ordering))
    return await growth({
      name: 'growth-products',
      title: 'A thousand products, a million products',
      sizes: ['1,000', '1,000,000'],
      kinds,
      notes: [
        'Filters: one of 13 categories and a price of at most 60, 120 or 250, in six orderings. Searches: two words with mistakes, found in up to 7,000 products of the million.',
        'Page 10,000 is set against page 1 of the same shop.',
      ],
    })
  } finally {
    for (const it of served) await it.stop()
    await grounds.stop()
  }
}

/** What the service does once an hour; autovacuum would come later than the measurement. */
async function sweep(url: string): Promise<void> {
  const db = await useDatabase('product', url)
  await sweepFavourites()
  await db.sql`vacuum (analyze) product_favourite`
  await db.close()
}

function filter(n: number): string {
  return `&category=${1 + (n % 13)}&price__lte=${[60, 120, 250][n % 3]}`
}

/** Every request for another host name, which makes it another answer. */
function each(path: (n: number) => string): Requests {
  return (n) => get(path(n), `shop-${n}.localhost`)
}

/** Page 10,000, where `next` would lead, beside page 1; both of the large shop. */
async function deep(url: string, port: number, ordering: string): Promise<Kind> {
  const by = ordering.replace('-', '')
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query<{ id: number; value: string }>(
    `select p.id, ${by}::text as value from product p join product_count n on n.product_id = p.id
     order by ${by} ${by === ordering ? '' : 'desc'}, p.id offset ${DEEP - 1} limit 1`,
  )
  await client.end()
  const last = rows[0]
  const after = Buffer.from(JSON.stringify([by, last?.value, last?.id])).toString('base64url')
  const first = `/api/v1/products/?limit=20&ordering=${ordering}`
  return {
    name: `page 10,000 by ${ordering}, of page 1`,
    most: 1.5,
    small: { port, requests: each(() => first) },
    large: { port, requests: each(() => `${first}&offset=${DEEP}&after=${after}`) },
  }
}
