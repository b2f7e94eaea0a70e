import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { startPostgres } from '../shared/data/embedded.ts'
import { freePorts } from '../shared/testing/shop.ts'

/**
 * What more replicas give: the product service's image with 0.2 CPU each, one, two and four of them
 * behind HAProxy, asked for pages that no cache has. Clients, HAProxy and PostgreSQL share the machine
 * with the replicas, so the clients are cheap ones. Needs root, docker, haproxy, wrk and
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
        `${replicas} × ${CPUS} CPU: ${rps.toFixed(0)} a second, p99 ${p99.toFixed(0)} ms, ${failed} failed, ` +
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
  const file = join(directory, 'haproxy.cfg')
  const socket = join(directory, 'haproxy.sock')
  const servers = ports.map((port) => `  server s${port} 127.0.0.1:${port}`).join('\n')
  const timeouts = '  timeout connect 5s\n  timeout client 30s\n  timeout server 30s'
  const lines = `global\n  nbthread 1\n  stats socket ${socket}\ndefaults\n  mode http\n${timeouts}\nlisten all\n  bind 127.0.0.1:${balancer}\n  balance roundrobin`
  writeFileSync(file, `${lines}\n${servers}\n`)
  const proxy = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' })
  try {
    await ready(balancer)
    await load(balancer, 3, directory)
    const served = await counts(socket)
    const before = times()
    const result = await load(balancer, seconds, directory)
    const after = times()
    const shares = (await counts(socket)).map((it, at) => it - (served[at] ?? 0))
    const total = shares.reduce((sum, it) => sum + it, 0)
    return {
      ...result,
      replicas: ports.length,
      shares: shares.map((it) => it / total),
      busy: 1 - (after.idle - before.idle) / (after.all - before.all),
    }
  } finally {
    proxy.kill('SIGKILL')
  }
}

// Never the same page twice: what is measured is the making of an answer. A full page each, which
// PostgreSQL finds by one index: it must not be the limit.
const SCRIPT = `
function request()
  local least = math.random() * ${PRODUCTS - 30}
  return wrk.format('GET', string.format('/api/v1/products/?price__gte=%.2f&price__lte=%.2f', least, least + 25))
end
function done(summary, latency)
  local failed = summary.errors
  io.write(string.format('%d %d %d %d\n', summary.requests, summary.duration, latency:percentile(99),
    failed.connect + failed.read + failed.write + failed.status + failed.timeout))
end
`

async function load(port: number, duration: number, directory: string) {
  const script = join(directory, 'pages.lua')
  writeFileSync(script, SCRIPT)
  const { stdout } = await promisify(execFile)('wrk', [
    ...['-t1', `-c${CONNECTIONS}`, `-d${duration}s`, '-s', script],
    `http://127.0.0.1:${port}`,
  ])
  const last = stdout.trim().split('\n').at(-1) ?? ''
  const [requests = 0, us = 1, p99 = 0, failed = 0] = last.split(' ').map(Number)
  return { rps: requests / (us / 1e6), p99: p99 / 1000, failed }
}

/** How many answers each server behind HAProxy has given, by its own account. */
async function counts(socket: string): Promise<number[]> {
  const client = connect(socket)
  client.end('show stat\n')
  const [head = '', ...rows] = (await text(client)).split('\n').map((it) => it.split(','))
  const at = [...head].indexOf('stot')
  return rows.filter(([, name = '']) => /^s\d+$/.test(name)).map((row) => Number(row[at]))
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
