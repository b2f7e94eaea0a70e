import { cart } from '../../functions/cart/service.ts'
import { sweepFavourites } from '../../functions/product/queries/favourites.ts'
import { product } from '../../functions/product/service.ts'
import { review } from '../../functions/review/service.ts'
import { useDatabase } from '../../shared/data/postgres.ts'
import { openShop } from '../../shared/testing/shop.ts'
import { blocksRead, gates } from '../growth/blocks.ts'
import { openGrounds } from '../growth/grounds.ts'
import type { Row, Table } from '../lab/report.ts'

const sizes = {
  product: [1000, 1_000_000],
  review: [1000, 10_000_000],
  cart: [100, 100_000],
} as const

/** Blocks that PostgreSQL reads for an answer, in the smallest and the largest shop. */
export async function buffers(): Promise<Table> {
  const grounds = await openGrounds({ isWarm: false })
  const shop = await openShop([product, review, cart])
  const rows: Row[] = []
  try {
    for (const service of ['product', 'review', 'cart'] as const) {
      const found: Map<string, number>[] = []
      for (const size of sizes[service]) {
        const url = await grounds.url(service, size)
        await useDatabase(service, url)
        if (service === 'product') await sweepFavourites()
        found.push(await blocksRead(shop, service, url))
      }
      const [small, large] = sizes[service].map((it) => it.toLocaleString('en'))
      for (const [name, most] of gates[service])
        rows.push({
          service: `${service}, ${small} and ${large}`,
          request: name,
          few: String(found[0]?.get(name)),
          many: String(found[1]?.get(name)),
          'at most': `${most}: ${(found[1]?.get(name) ?? 0) <= most ? 'met' : 'not met'}`,
        })
    }
  } finally {
    await shop.close()
    await grounds.stop()
  }
  return {
    name: 'buffers',
    title: 'Blocks of 8 KB that PostgreSQL reads for an answer',
    rows,
    notes: [
      'All statements of one request, by `EXPLAIN (ANALYZE, BUFFERS)`. These do not depend on what else the machine does.',
      '`prove/buffers.test.ts` holds the same bounds in every `npm test`, up to 100,000 products.',
    ],
  }
}
