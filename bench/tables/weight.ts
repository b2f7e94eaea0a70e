import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { services } from '../../functions/catalog.ts'
import { startPostgres } from '../../shared/data/embedded.ts'
import { kebab } from '../../shared/http/service.ts'
import { spread } from '../lab/compare.ts'
import { drive, get } from '../lab/drive.ts'
import { residentMb } from '../lab/process.ts'
import type { Row, Table } from '../lab/report.ts'
import type { BenchShop } from '../lab/shop.ts'

const STARTS = 3
const REQUESTS = 100_000

const paths: Record<string, string> = {
  auth: '/.well-known/jwks.json',
  product: '/api/v1/products/?limit=20',
  cart: '/api/v1/cart/',
  review: '/api/v1/reviews/1/',
}

/** What each service weighs: start, memory, largest function. */
export async function weight(shop: BenchShop): Promise<Table> {
  const rows: Row[] = []
  // Carts and reviews ask it.
  const products = await shop.service('product')
  const there = { SERVICE_PRODUCT_URL: `http://127.0.0.1:${products.port}` }
  for (const { name, endpoints } of services) {
    const starts: number[] = []
    for (let time = 0; time < STARTS; time++) {
      const served = await shop.service(name, there)
      starts.push(served.startMs)
      await served.stop()
    }
    const served = await shop.service(name, there)
    await pause(3000)
    const rest = residentMb([served.pid])
    const page = get(paths[name] ?? '/livez')
    let total = 0
    while (total < REQUESTS) total += (await drive(served.port, () => page, 2, 50)).total
    const busy = residentMb([served.pid])
    while (total < 1.5 * REQUESTS) total += (await drive(served.port, () => page, 2, 50)).total
    const later = residentMb([served.pid])
    await served.stop()
    rows.push({
      service: name,
      'start to ready ms': spread(starts),
      'RSS at rest MB': rest.toFixed(0),
      'after 100,000 requests': busy.toFixed(0),
      'after 150,000': later.toFixed(0),
      'largest function KB': largest(join(shop.folder, name), Object.keys(endpoints)),
    })
  }
  await products.stop()
  return {
    name: 'weight',
    title: 'Weight of a service',
    rows,
    notes: [
      `Start: from exec until /readyz answers 200, with a migrated database; ${STARTS} times, median (least–most).`,
      `PostgreSQL of the embedded mode, on the second start: ${await secondStart(shop)} ms.`,
      'Functions: the bundle with all chunks that it imports before it runs.',
    ],
  }
}

async function secondStart(shop: BenchShop): Promise<string> {
  const directory = join(shop.folder, 'second')
  await (await startPostgres({ directory })).stop()
  const began = performance.now()
  const again = await startPostgres({ directory })
  const elapsed = performance.now() - began
  await again.stop()
  return elapsed.toFixed(0)
}

type Outputs = Record<string, { bytes: number; imports: { path: string; kind: string }[] }>

function largest(folder: string, keys: readonly string[]): string {
  const { outputs }: { outputs: Outputs } = JSON.parse(
    readFileSync(join(folder, 'meta.json'), 'utf8'),
  )
  const names = Object.keys(outputs)
  const weigh = (entry: string) => {
    const seen = new Set<string>()
    const visit = (path: string): number => {
      const output = outputs[path]
      if (!output || seen.has(path)) return 0
      seen.add(path)
      return output.imports
        .filter((it) => it.kind === 'import-statement')
        .reduce((sum, it) => sum + visit(it.path), output.bytes)
    }
    return visit(entry)
  }
  const sizes = keys.map((key) =>
    weigh(names.find((it) => it.endsWith(`/${kebab(key)}.mjs`)) ?? ''),
  )
  return (Math.max(...sizes) / 1024).toFixed(0)
}
