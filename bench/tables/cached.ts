import { startRedis } from '../../shared/testing/redis.ts'
import { compare } from '../lab/compare.ts'
import { get } from '../lab/drive.ts'
import type { Table } from '../lab/report.ts'
import type { BenchShop } from '../lab/shop.ts'

const path = '/api/v1/products/?limit=20'

/** A stored page of 20 products, beside bare node:http that sends the same bytes and headers. */
export async function cached(shop: BenchShop): Promise<Table> {
  return hit(shop, 'cached', 'Stored page of 20 products, cache in memory', {})
}

/** The same with Redis between processes. */
export async function cachedRedis(shop: BenchShop): Promise<Table> {
  const redis = await startRedis()
  try {
    const title = 'Stored page of 20 products, with Redis'
    return await hit(shop, 'cached-redis', title, { REDIS_URL: redis.url })
  } finally {
    await redis.stop()
  }
}

async function hit(
  shop: BenchShop,
  name: string,
  title: string,
  more: Record<string, string>,
): Promise<Table> {
  const souk = await shop.service('product', more)
  const from = `http://127.0.0.1:${souk.port}${path}`
  await (await fetch(from)).text()
  const bare = await shop.peer('bare', { BENCH_FROM: from })
  const host = await shop.peer('host', { BENCH_FROM: from })
  const page = get(path)
  const one = get('/api/v1/page/7/')
  const requests = () => page
  try {
    return await compare({
      name,
      title,
      base: 'bare node:http',
      sides: [
        { name: 'bare node:http', port: bare.port, pids: [bare.pid], requests },
        {
          name: 'our host alone',
          port: host.port,
          pids: [host.pid],
          requests: () => one,
        },
        { name: 'souk', port: souk.port, pids: [souk.pid], requests },
      ],
      notes: [
        'Our host alone sends the same from memory without asking whether it is still true.',
        'Souk sends every stored answer only after PostgreSQL has said, in one query for all that wait, that nothing it shows was changed: no read after an answered write is stale.',
        'PostgreSQL’s own processor time is not counted under CPU, but it shares the two cores.',
      ],
    })
  } finally {
    await Promise.all([souk.stop(), bare.stop(), host.stop()])
  }
}
