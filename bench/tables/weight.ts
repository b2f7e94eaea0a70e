import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { services } from '../../functions/catalog.ts'
import { kebab } from '../../shared/http/service.ts'
import { residentMb } from '../../shared/testing/resident.ts'
import { freePorts } from '../../shared/testing/shop.ts'
import { spread } from '../lab/compare.ts'
import { drive, get } from '../lab/drive.ts'
import type { Row, Table } from '../lab/report.ts'
import type { BenchShop } from '../lab/shop.ts'

const STARTS = 3
const REQUESTS = 100_000
/** V8 keeps pages that it does not need for 8 s, for a load that goes on. */
const SETTLED_MS = 10_000

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
    const rest = residentMb(served.pid)
    const page = get(paths[name] ?? '/livez')
    const after = async (requests: number): Promise<string> => {
      for (let total = 0; total < requests; )
        total += (await drive(served.port, () => page, 2, 50)).total
      const busy = residentMb(served.pid)
      await pause(SETTLED_MS)
      return `${residentMb(served.pid).toFixed(0)} (${busy.toFixed(0)})`
    }
    const [first, second] = [await after(REQUESTS), await after(REQUESTS / 2)]
    await served.stop()
    rows.push({
      service: name,
      'start to ready ms': spread(starts),
      'RSS at rest MB': rest.toFixed(0),
      'after 100,000 requests': first,
      'after 150,000': second,
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
      `Everything by \`npm start\`, the second time, until the shop is open: ${await secondStart(shop)} ms.`,
      'After requests: ten seconds later (under load, when the last was answered).',
      'Functions: the bundle with all chunks that it imports before it runs.',
    ],
  }
}

/** `npm start` until it says that the shop is open, with a home that it has used before. */
async function secondStart(shop: BenchShop): Promise<string> {
  const [gateway = 0, services = 0] = await freePorts(2)
  const cli = join(import.meta.dirname, '../../functions/cli.ts')
  let elapsed = 0
  for (let time = 0; time < 2; time++) {
    const began = performance.now()
    const child = spawn(process.execPath, [cli, 'start', '--services-from', String(services)], {
      cwd: shop.folder,
      env: { PATH: process.env.PATH, SOUK_HOME: join(shop.folder, 'home'), PORT: String(gateway) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const text of child.stdout) if (String(text).includes('The shop is open')) break
    elapsed = performance.now() - began
    if (child.exitCode !== null) throw new Error('npm start ended by itself')
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    await gone
  }
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
