import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { buildGateway, buildService } from '../../esbuild.config.mjs'
import { services } from '../../functions/catalog.ts'
import { seedMany } from '../../functions/product/seed.ts'
import { startPostgres } from '../../shared/data/embedded.ts'
import { migrate } from '../../shared/data/migrate.ts'
import { useDatabase } from '../../shared/data/postgres.ts'
import { gatewayTable } from '../../shared/derive/gateway.ts'
import { seal } from '../../shared/http/secrets.ts'
import { lean } from '../../shared/runtime/lean.ts'
import { accessToken, makeTestKeys, person } from '../../shared/testing/tokens.ts'
import { type Served, serveFrom } from './process.ts'

const root = join(import.meta.dirname, '../..')
export const PRODUCTS = 10_000

export type BenchShop = {
  /** Where services are built. */
  folder: string
  environment: Record<string, string>
  /** Starts a service as it ships: built, one process, logs on, its own folder for them. */
  service(name: string, more?: Record<string, string>): Promise<Served>
  gateway(products: number): Promise<Served>
  /** A server of `bench/peers`, which gets the same databases and keys. */
  peer(name: string, more?: Record<string, string>): Promise<Served>
  url(service: string): string
  /** An access token that all services of this shop believe, for a user of that name. */
  token(username: string): string
  stop(): Promise<void>
}

/** A database each, 10,000 products, built services, and a key set of our own in auth's place. */
export async function openBenchShop(): Promise<BenchShop> {
  const folder = mkdtempSync(join(tmpdir(), 'souk-bench-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  process.env.SECRET_KEY = randomBytes(48).toString('base64url')
  process.env.LOGGING_LVL = 'WARN'
  const stops: (() => Promise<unknown>)[] = []
  const postgres = await startPostgres({
    directory: join(folder, 'postgres'),
    temporary: true,
    // Function hosts with a thread for each call have as many pools.
    settings: { max_connections: '400' },
  })
  stops.push(() => postgres.stop())
  const keys = makeTestKeys()
  const keySet = await serveKeySet(keys.kid, keys.publicKey.export({ format: 'jwk' }))
  stops.push(keySet.stop)
  const environment: Record<string, string> = {
    SECRET_KEY: process.env.SECRET_KEY,
    LOGGING_LVL: 'INFO',
    SOUK_SUPERVISOR: 'none',
    PG_NAMED: 'true',
    ALLOWED_HOSTS: '*',
    SERVICE_AUTH_URL: keySet.url,
  }
  for (const service of services) {
    await buildService(service, join(folder, service.name))
    await postgres.createDatabase(service.name)
    const url = postgres.url(service.name)
    await migrate({ service: service.name, url })
    environment[`DATABASE_URL_${service.name.toUpperCase()}`] = url
  }
  await buildGateway(join(folder, 'gateway'))
  await fill(postgres.url('product'))
  const start = async (
    module: string,
    env: Record<string, string>,
    ready: string,
    own: Partial<ReturnType<typeof lean>> = {},
  ) => {
    const served = await serveFrom(module, {
      args: own.flags ?? [],
      env: { ...own.env, ...env },
      cwd: folder,
      ready,
    })
    stops.push(served.stop)
    return served
  }
  return {
    folder,
    environment,
    url: (name) => postgres.url(name),
    token: (username) => accessToken(keys, person(username, { session: randomUUID() })),
    service: (name, more = {}) =>
      start(
        join(folder, name, 'host.mjs'),
        { ...environment, ...more },
        '/readyz',
        lean(services.find((it) => it.name === name)?.memory),
      ),
    gateway: (products) =>
      start(
        join(folder, 'gateway', 'main.mjs'),
        {
          ...environment,
          GATEWAY_ROUTES: JSON.stringify(gatewayTable(services)),
          SERVICE_PRODUCT_URL: `http://127.0.0.1:${products}`,
        },
        '/api/v1/products/1/',
        lean(),
      ),
    peer: (name, more = {}) =>
      start(
        join(root, 'bench/peers', `${name}.ts`),
        { ...environment, ...more },
        name === 'host' ? '/readyz' : '/ready',
      ),
    stop: async () => {
      for (const stop of stops.reverse()) await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Products as `npm run seed` makes them; the first ones never run out. */
async function fill(url: string): Promise<void> {
  const db = await useDatabase('product', url)
  await seedMany(PRODUCTS)
  await db.close()
  const client = new pg.Client(url)
  await client.connect()
  await client.query('update product set stock_count = 1000000 where id <= 50')
  await client.query('vacuum analyze')
  await client.end()
}

/** What the auth service would publish, with the MAC that makes the others believe it. */
async function serveKeySet(kid: string, jwk: object) {
  const text = JSON.stringify({ keys: [{ ...jwk, kid, use: 'sig', alg: 'ES256' }] })
  const server = createServer((_request, response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'souk-key-set-mac': seal('key-set', text),
    })
    response.end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
