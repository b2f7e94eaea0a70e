import { setTimeout as pause } from 'node:timers/promises'
import { compare, type Side } from '../lab/compare.ts'
import { get, type Requests } from '../lab/drive.ts'
import { capped, childrenOf } from '../lab/quota.ts'
import type { Table } from '../lab/report.ts'
import { type BenchShop, PRODUCTS } from '../lab/shop.ts'
import { once, pagePath } from './uncached.ts'

/** Of a core, for each process: two of them, PostgreSQL and the load then fit on two cores. */
const SHARE = 0.2

/** One process and two of the product service, each with its own fifth of a core. */
export function workersStored(shop: BenchShop): Promise<Table> {
  const page = get('/api/v1/products/?limit=20')
  // A process that may not run for a while answers what has gathered: so many that it fills its share.
  return workers(shop, 'workers-stored', 'Stored page of 20 products', () => () => page, 200)
}

export function workersDetail(shop: BenchShop): Promise<Table> {
  const path = (id: number) => `/api/v1/products/${id}/`
  return workers(shop, 'workers-detail', 'One product, not stored', () => once(PRODUCTS, path))
}

export function workersPage(shop: BenchShop): Promise<Table> {
  const requests = () => once(PRODUCTS - 20, pagePath)
  return workers(shop, 'workers-page', 'Page of 20 products, not stored', requests)
}

async function workers(
  shop: BenchShop,
  name: string,
  title: string,
  requests: () => Requests,
  connections = 50,
): Promise<Table> {
  const ends: (() => unknown)[] = []
  const open = async (count: number): Promise<Side> => {
    const served = await shop.service('product', { SOUK_SUPERVISOR: '', WORKERS: String(count) })
    const pids = await all(served.pid, count)
    const free = pids.map((pid) => capped(pid, SHARE))
    ends.push(async () => {
      await served.stop()
      for (const it of free) await it()
    })
    return {
      name: `WORKERS=${count}`,
      port: served.port,
      pids,
      requests: requests(),
    }
  }
  try {
    return await compare({
      name,
      title: `One process, two processes: ${title}`,
      base: 'WORKERS=1',
      sides: [await open(1), await open(2)],
      connections,
      seconds: 3,
      notes: [
        `Each process of the service may use ${SHARE} of a core and no more, by its cgroup: with two cores, and the load and PostgreSQL on them too, two processes would else only push each other aside. PostgreSQL and the load are not limited.`,
      ],
    })
  } finally {
    for (const end of ends) await end()
  }
}

/** The processes of a supervisor, once all are there. */
async function all(supervisor: number, count: number): Promise<number[]> {
  for (const until = performance.now() + 10_000; ; ) {
    const pids = childrenOf(supervisor)
    if (pids.length === count) return pids
    if (performance.now() > until) throw new Error(`${pids.length} of ${count} processes`)
    await pause(50)
  }
}
