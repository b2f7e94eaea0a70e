import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spread } from '../lab/compare.ts'
import { drive, get, post, type Requests } from '../lab/drive.ts'
import { cpuMs } from '../lab/process.ts'
import type { Table } from '../lab/report.ts'
import type { BenchShop } from '../lab/shop.ts'
import { once } from './uncached.ts'

/** What each path took when somebody last looked and found it right, in answers of bare node:http. */
const file = join(import.meta.dirname, '../results/cpu-baseline.json')
const MOST = 1.25
const ROUNDS = 5
const SECONDS = 1
const WARM = 5000
const USERS = 200
const page = '/api/v1/products/?limit=20'

type Path = { name: string; port: number; pids: number[]; requests: Requests }

/**
 * Processor time of a request on the four hottest paths, in the same of a bare `node:http` that sends
 * the stored page, measured right before: a faster machine moves both. Fails when one has become a
 * quarter dearer than `cpu-baseline.json` says; without that file it is written.
 */
export async function cpu(shop: BenchShop): Promise<Table> {
  const products = await shop.service('product')
  const gateway = await shop.gateway(products.port)
  const cart = await shop.service('cart', {
    SERVICE_PRODUCT_URL: `http://127.0.0.1:${products.port}`,
  })
  const bare = await shop.peer('bare', { BENCH_FROM: `http://127.0.0.1:${products.port}${page}` })
  const stored = get(page)
  const adds = Array.from({ length: USERS }, (_, at) => {
    const authorization = `Bearer ${shop.token(`cpu-${at}`)}`
    return post('/api/v1/cart/add/', { product_id: 1 + (at % 50), quantity: 1 }, { authorization })
  })
  const details = once(10_000, (id) => `/api/v1/products/${id}/`)
  const alone = (
    name: string,
    { port, pid }: { port: number; pid: number },
    requests: Requests,
  ) => ({
    name,
    port,
    pids: [pid],
    requests,
  })
  const measure = alone('bare node:http', bare, () => stored)
  const paths: Path[] = [
    alone('stored page of 20', products, () => stored),
    alone('one product, not stored', products, details),
    alone('POST /cart/add/', cart, (n) => adds[n % USERS] as Buffer),
    alone('gateway, stored page', gateway, () => stored),
  ]
  try {
    const before = baseline()
    const found = new Map<string, number[]>()
    for (const path of [measure, ...paths]) await warm(path)
    for (let round = 0; round < ROUNDS; round++)
      for (const path of paths) {
        const ratio = (await micros(path)) / (await micros(measure))
        found.set(path.name, [...(found.get(path.name) ?? []), ratio])
      }
    const now = Object.fromEntries([...found].map(([name, all]) => [name, median(all)]))
    if (!before) writeFileSync(file, `${JSON.stringify(now, undefined, 2)}\n`)
    const dearer = paths.filter(
      ({ name }) => (now[name] ?? 0) > MOST * (before?.[name] ?? Infinity),
    )
    if (dearer.length > 0) process.exitCode = 1
    return {
      name: 'cpu',
      title: 'Processor time of a request, in answers of bare node:http',
      rows: paths.map(({ name }) => ({
        path: name,
        now: spread(found.get(name) ?? []),
        baseline: before?.[name]?.toFixed(2) ?? 'written now',
        kept: dearer.some((it) => it.name === name) ? 'NO' : 'yes',
      })),
      notes: [
        `Of the process that the path names alone; medians of ${ROUNDS} rounds of ${SECONDS} s. At most ${MOST} times the baseline of bench/results/cpu-baseline.json; delete that to take a new one.`,
      ],
    }
  } finally {
    for (const it of [gateway, cart, bare, products]) await it.stop()
  }
}

const counts = new Map<string, number>()

async function warm(path: Path): Promise<void> {
  for (let tries = 0; tries < 6 && (counts.get(path.name) ?? 0) < WARM; tries++) await micros(path)
}

async function micros({ name, port, pids, requests }: Path): Promise<number> {
  const from = counts.get(name) ?? 0
  const before = cpuMs(pids)
  const { total } = await drive(port, (n) => requests(from + n), SECONDS, 50)
  counts.set(name, from + total + 100)
  return ((cpuMs(pids) - before) * 1000) / total
}

function baseline(): Record<string, number> | undefined {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
