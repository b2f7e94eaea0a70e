import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import autocannon from 'autocannon'
import pg from 'pg'
import { startPostgres } from '../shared/data/embedded.ts'
import { freePorts } from '../shared/testing/shop.ts'

/**
 * What more replicas give: the product service's image with 0.2 CPU each, one, two and four of them
 * behind HAProxy, asked for pages that no cache has. Needs root, docker, haproxy and
 * `docker compose build`: `npx node deploy/replicas.ts [seconds]`.
 */
const CPUS = '0.2'
const CONNECTIONS = 32
const PRODUCTS = 2000
const seconds = Number(process.argv[2] ?? 15)

type Round = {
  replicas: number
  rps: number
  p99: number
  failed: number
  shares: number[]
  /** Of all processors of this machine, by everything on it. */
  busy: number
}

async function main() {
  const directory = mkdtempSync(join(tmpdir(), 'souk-replicas-'))
  const postgres = await startPostgres({ directory, temporary: true })
  await postgres.createDatabase('product')
  const [balancer = 0, ...ports] = await freePorts(5)
  const names = ports.map((port) => start(port, postgres.url('product')))
  try {
    await Promise.all(ports.map(ready))
    await fill(postgres.url('product'))
    const rounds: Round[] = []
    for (const replicas of [1, 2, 4])
      rounds.push(await round(balancer, ports.slice(0, replicas), directory))
    for (const { replicas, rps, p99, failed, shares, busy } of rounds)
      console.log(
        `${replicas} × ${CPUS} CPU: ${rps.toFixed(0)} a second, p99 ${p99} ms, ${failed} failed, ` +
          `shares ${shares.map(percent).join(' ')}, this machine ${percent(busy)} busy`,
      )
    const gain = (rounds.at(-1)?.rps ?? 0) / (rounds[0]?.rps ?? 1)
    console.log(`four give ${gain.toFixed(2)} times one`)
  } finally {
    execFileSync('docker', ['rm', '--force', ...names], { stdio: 'ignore' })
    await postgres.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A container on this machine's own network; gives its name. */
function start(port: number, url: string): string {
  const name = `souk-replica-${port}`
  const variables = {
    PORT: String(port),
    DATABASE_URL_PRODUCT: url,
    SECRET_KEY: 'replicas-of-a-measurement-8Zk2Vb3-0123',
    DISCOVERY: 'none',
    LOGGING_LVL: 'WARN',
  }
  const flags = Object.entries(variables).flatMap(([key, value]) => ['--env', `${key}=${value}`])
  const limits = ['--cpus', CPUS, '--memory', '192m', '--network', 'host', '--name', name]
  execFileSync('docker', ['run', '--detach', ...limits, ...flags, 'souk-product'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return name
}

async function ready(port: number) {
  const deadline = Date.now() + 120_000
  while (Date.now() < deadline) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.ok) return
    await pause(200)
  }
  throw new Error(`no replica answers at ${port}`)
}

async function fill(url: string) {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(`
    with made as (
      insert into product (name, slug, price, stock_count, user_id)
      select 'Thing ' || n, 'thing-' || n, n, n, gen_random_uuid() from generate_series(1, ${PRODUCTS}) as n
      returning id
    ) insert into product_count (product_id) select id from made`)
  await client.query('analyze')
  await client.end()
}

async function round(balancer: number, ports: number[], directory: string): Promise<Round> {
  const file = join(directory, '..', `souk-haproxy-${balancer}.cfg`)
  const servers = ports.map((port) => `  server s${port} 127.0.0.1:${port}`).join('\n')
  const timeouts = '  timeout connect 5s\n  timeout client 30s\n  timeout server 30s'
  const lines = `defaults\n  mode http\n${timeouts}\nlisten all\n  bind 127.0.0.1:${balancer}\n  balance roundrobin\n  http-response set-header x-replica %s`
  writeFileSync(file, `${lines}\n${servers}\n`)
  const proxy = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' })
  await ready(balancer)
  const served = new Map<string, number>()
  const load = (duration: number) =>
    autocannon({
      url: `http://127.0.0.1:${balancer}`,
      connections: CONNECTIONS,
      duration,
      requests: [
        {
          // Never the same twice: what is measured is the making of an answer.
          setupRequest: (request) => {
            // A full page each, which PostgreSQL finds by one index: it must not be the limit.
            const least = Math.random() * (PRODUCTS - 30)
            const most = least + 25
            return {
              ...request,
              path: `/api/v1/products/?price__gte=${least.toFixed(2)}&price__lte=${most.toFixed(2)}`,
            }
          },
          onResponse: (_status, _body, _context, headers) => {
            const by = String((headers as Record<string, string> | undefined)?.['x-replica'])
            served.set(by, (served.get(by) ?? 0) + 1)
          },
        },
      ],
    })
  await load(3)
  served.clear()
  const before = times()
  const result = await load(seconds)
  const after = times()
  proxy.kill('SIGKILL')
  rmSync(file)
  const total = [...served.values()].reduce((sum, it) => sum + it, 0)
  return {
    replicas: ports.length,
    rps: result.requests.average,
    p99: result.latency.p99,
    failed: result.non2xx + result.errors + result.timeouts,
    shares: [...served.values()].map((it) => it / total),
    busy: 1 - (after.idle - before.idle) / (after.all - before.all),
  }
}

/** What the processors have done so far, and how much of it nothing. */
function times() {
  const each = cpus().map((it) => it.times)
  const all = each.flatMap((it) => Object.values(it)).reduce((sum, it) => sum + it, 0)
  return { all, idle: each.reduce((sum, it) => sum + it.idle, 0) }
}

function percent(share: number) {
  return `${(100 * share).toFixed(0)} %`
}

await main()
