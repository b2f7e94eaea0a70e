import { compare } from '../lab/compare.ts'
import type { Requests } from '../lab/drive.ts'
import { get } from '../lab/drive.ts'
import type { Table } from '../lab/report.ts'
import { type BenchShop, PRODUCTS } from '../lab/shop.ts'
import { once, pagePath } from './uncached.ts'

/** A stored page of 20 products through the embedded gateway, beside the service asked directly. */
export function throughGateway(shop: BenchShop): Promise<Table> {
  const page = get('/api/v1/products/?limit=20')
  return through(shop, 'gateway', 'Stored page of 20 products through the gateway', () => page)
}

/** The same of pages that are not stored. */
export function throughGatewayUncached(shop: BenchShop): Promise<Table> {
  const title = 'Page of 20 products, not stored, through the gateway'
  return through(shop, 'gateway-uncached', title, once(PRODUCTS - 20, pagePath))
}

async function through(
  shop: BenchShop,
  name: string,
  title: string,
  requests: Requests,
): Promise<Table> {
  const souk = await shop.service('product')
  const gateway = await shop.gateway(souk.port)
  // One service serves both: what one side has asked for, the other must not ask for again.
  const others: Requests = (n) => requests(n + 10 * PRODUCTS)
  try {
    return await compare({
      name,
      title,
      base: 'direct',
      sides: [
        { name: 'direct', port: souk.port, pids: [souk.pid], requests },
        {
          name: 'gateway',
          port: gateway.port,
          pids: [gateway.pid, souk.pid],
          requests: others,
        },
      ],
      notes: ['CPU and memory of the second are of gateway and service together.'],
    })
  } finally {
    await gateway.stop()
    await souk.stop()
  }
}
