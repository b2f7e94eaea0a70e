import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type EmbeddedPostgres, startPostgres } from '../../shared/data/embedded.ts'
import { migrate } from '../../shared/data/migrate.ts'
import { fillCarts, fillProducts, fillReviews } from './fill.ts'

/** Databases of the same service in several sizes, on one server that is kept between runs. */
export type Grounds = {
  /** Connection URL of a service's database with so many rows; filled first, unless it is there. */
  url(service: keyof typeof fills, size: number): Promise<string>
  stop(): Promise<void>
}

const fills = { product: fillProducts, review: fillReviews, cart: fillCarts }

/**
 * What PostgreSQL's own manual starts from: a quarter of the memory of a machine that has 16 GB. With the
 * 128 MB that it takes by itself, a million products would be read through the kernel.
 */
const server = {
  shared_buffers: '4GB',
  maintenance_work_mem: '1GB',
  max_wal_size: '8GB',
  checkpoint_timeout: '1h',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
}

/** Opens them under `GROWTH_HOME`, by default `.souk/growth`, which git ignores; read once if wanted. */
export async function openGrounds({ isWarm }: { isWarm: boolean }): Promise<Grounds> {
  const log = console.log
  const home = process.env.GROWTH_HOME ?? join(import.meta.dirname, '../../.souk/growth')
  const isNew = !existsSync(home)
  mkdirSync(home, { recursive: true, mode: 0o755 })
  let postgres = await startPostgres({ directory: join(home, 'postgres') })
  if (isNew) {
    await query(postgres.url('postgres'), async (client) => {
      for (const [name, value] of Object.entries(server))
        await client.query(`alter system set ${name} = '${value}'`)
    })
    await postgres.stop()
    postgres = await startPostgres({ directory: join(home, 'postgres') })
  }
  return {
    url: async (service, size) => {
      const url = await filled(postgres, service, size, log)
      if (isWarm) await query(url, warm)
      return url
    },
    stop: () => postgres.stop(),
  }
}

async function filled(
  postgres: EmbeddedPostgres,
  service: keyof typeof fills,
  size: number,
  log: (line: string) => void,
): Promise<string> {
  const name = `${service}_${size}`
  await postgres.createDatabase(name)
  const url = postgres.url(name)
  await migrate({ service, url })
  const isFull = await query(url, async (client) => {
    await client.query('create schema if not exists bench')
    await client.query('create table if not exists bench.filled (at timestamptz)')
    return (await client.query('select from bench.filled')).rowCount
  })
  if (isFull) return url
  const started = performance.now()
  log(`filling ${name} …`)
  await fills[service](url, size)
  await query(url, async (client) => {
    await client.query('vacuum (analyze)')
    await client.query('insert into bench.filled values (now())')
  })
  log(`filled ${name} in ${Math.round((performance.now() - started) / 1000)} s`)
  return url
}

/** Reads everything once: into PostgreSQL's own memory, and what does not fit there into the kernel's. */
async function warm(client: pg.Client): Promise<void> {
  await client.query('create extension if not exists pg_prewarm')
  for (const how of ['read', 'buffer'])
    await client.query(
      `select pg_prewarm(c.oid, $1) from pg_class c join pg_namespace n on n.oid = relnamespace
       where nspname = 'public' and relkind in ('r', 'i')
         and pg_total_relation_size(c.oid) > 0 order by pg_relation_size(c.oid)`,
      [how],
    )
}

async function query<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
