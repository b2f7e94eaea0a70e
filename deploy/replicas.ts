import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { spread } from '../bench/lab/compare.ts'
import { startPostgres } from '../shared/data/embedded.ts'
import { freePorts } from '../shared/testing/shop.ts'

/**
 * What more replicas give: the product service's image with 0.2 CPU each, one, two and four of them
 * behind HAProxy, asked for products that no cache has. Clients, HAProxy and PostgreSQL share the machine
 * with the replicas, so the clients are cheap ones. Needs root, docker, haproxy, wrk and
 * `docker compose build`: `npx node deploy/replicas.ts [seconds]`.
 */
const CPUS = '0.2'
/** The same clients for one replica as for four; more than these only wait for one. */
const CONNECTIONS = 64
const TURNS = 3
const PRODUCTS = 2000
const seconds = Number(process.argv[2] ?? 10)

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
    // With so little of a processor it takes long until V8 has compiled all that is worth it.
    for (let time = 0; time < 2; time++) await round(balancer, ports, directory)
    for (let turn = 0; turn < TURNS; turn++)
      for (const replicas of [1, 2, 4])
        rounds.push(await round(balancer, ports.slice(0, replicas), directory))
    for (const { replicas, rps, p99, failed, shares, busy } of rounds)
      console.log(
        `${replicas} × ${CPUS} CPU: ${rps.toFixed(0)} a second, p99 ${p99.toFixed(0)} ms, ${failed} failed, ` +
          `shares ${shares.map(percent).join(' ')}, this machine ${percent(busy)} busy`,
      )
    const of = (replicas: number) =>
      rounds.filter((it) => it.replicas === replicas).map((it) => it.rps)
    const gains = of(4).map((it, turn) => it / (of(1)[turn] ?? 1))
    console.log(`four give ${spread(gains)} times one: median of ${TURNS} turns (least–most)`)
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
    ALLOWED_HOSTS: '*',
    LOGGING_LVL: 'WARN',
    PG_NAMED: 'true',
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
  const lines = `global\n  nbthread 1\n  stats socket ${socket}\ndefaults\n  mode http\n${timeouts}\nlisten all\n  bind 127.0.0.1:${balancer}\n  balance leastconn`
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

// Never the same twice, as links name the host: what is measured is the making of an answer. One product
// each, which PostgreSQL finds at once: it must not be the limit.
const SCRIPT = `
math.randomseed(os.time())
function request()
  local headers = { Host = 'shop-' .. math.random(1e9) .. '.example' }
  return wrk.format('GET', '/api/v1/products/' .. math.random(${PRODUCTS}) .. '/', headers)
end
function done(summary, latency)
  local failed = summary.errors
  io.write(string.format('%d %d %d %d\\n', summary.requests, summary.duration, latency:percentile(99),
    failed.connect + failed.read + failed.write + failed.status + failed.timeout))
end
`

async function load(port: number, duration: number, directory: string) {
  const script = join(directory, 'products.lua')
  writeFileSync(script, SCRIPT)
  const { stdout } = await promisify(execFile)('wrk', [
    ...['-t1', `-c${CONNECTIONS}`, `-d${duration}s`, '-s', script],
    `http://127.0.0.1:${port}`,
  ])
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
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
