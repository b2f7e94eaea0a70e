import { compare } from '../lab/compare.ts'
import { get } from '../lab/drive.ts'
import type { Table } from '../lab/report.ts'
import type { BenchShop } from '../lab/shop.ts'

/** A stored page of 20 products through the embedded gateway, beside the service asked directly. */
export async function throughGateway(shop: BenchShop): Promise<Table> {
  const souk = await shop.service('product')
  const gateway = await shop.gateway(souk.port)
  const page = get('/api/v1/products/?limit=20')
  const requests = () => page
  try {
    return await compare({
      name: 'gateway',
      title: 'Stored page of 20 products through the embedded gateway',
      base: 'direct',
      sides: [
        { name: 'direct', port: souk.port, pids: [souk.pid], requests },
        { name: 'gateway', port: gateway.port, pids: [gateway.pid, souk.pid], requests },
      ],
      notes: ['CPU and memory of the second are of gateway and service together.'],
    })
  } finally {
    await gateway.stop()
    await souk.stop()
  }
}
