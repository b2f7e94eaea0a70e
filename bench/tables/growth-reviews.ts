import { openGrounds } from '../growth/grounds.ts'
import { get, post, type Requests } from '../lab/drive.ts'
import { growth } from '../lab/growth.ts'
import type { Served } from '../lab/process.ts'
import type { Table } from '../lab/report.ts'
import type { BenchShop } from '../lab/shop.ts'

const SMALL = { reviews: 1000, products: 100 }
const LARGE = { reviews: 10_000_000, products: 100_000 }
/** Each writes one review of up to as many products; new ones in every run. */
const AUTHORS = 200

/** What reviews cost when there are ten million of them, beside a thousand. */
export async function growthReviews(shop: BenchShop): Promise<Table> {
  const grounds = await openGrounds({ isWarm: true })
  const served: Served[] = []
  try {
    const open = async (size: typeof SMALL): Promise<Side> => {
      const url = await grounds.url('review', size.reviews)
      const it = await shop.service('review', { DATABASE_URL_REVIEW: url })
      served.push(it)
      return { ...size, port: it.port, tokens: tokens(shop) }
    }
    const [small, large] = [await open(SMALL), await open(LARGE)]
    const both = (name: string, requests: (side: Side) => Requests) => ({
      name,
      most: 1.5,
      small: { port: small.port, requests: requests(small) },
      large: { port: large.port, requests: requests(large) },
    })
    return await growth({
      name: 'growth-reviews',
      title: 'A thousand reviews, ten million reviews',
      sizes: ['1,000', '10,000,000'],
      kinds: [
        both('list with summary', (side) => list(side, '')),
        both('list, best first', (side) => list(side, '&ordering=-rating')),
        both('list of the product that has most', () => hot),
        both('write', writes),
      ],
      notes: [
        'Both have ten reviews of a product on the median; the one that has most has 10 and 100,000. The summary is part of every list.',
        'Writing takes a token, one statement and its triggers: row, aggregate, event, versions of stored answers.',
      ],
    })
  } finally {
    for (const it of served) await it.stop()
    await grounds.stop()
  }
}

type Side = { products: number; port: number; tokens: string[] }

function tokens(shop: BenchShop): string[] {
  const run = Date.now()
  return Array.from({ length: AUTHORS }, (_, at) => shop.token(`growth-${run}-${at}`))
}

function list({ products }: Side, more: string): Requests {
  return (n) =>
    get(`/api/v1/reviews/${2 + ((n * 7919) % (products - 1))}/?limit=20${more}`, hostOf(n))
}

const hot: Requests = (n) => get('/api/v1/reviews/1/?limit=20', hostOf(n))

function writes({ products, tokens }: Side): Requests {
  return (n) =>
    post(
      '/api/v1/reviews/',
      {
        product_id: 1 + (((n % 100) * Math.floor(products / 100)) % products),
        rating: 1 + (n % 5),
        title: 'As it should be',
        comment: 'After a week of use I would buy it again, and so would my neighbour.',
      },
      { authorization: `Bearer ${tokens[Math.floor(n / 100) % AUTHORS]}` },
    )
}

const hostOf = (n: number) => `shop-${n}.localhost`
