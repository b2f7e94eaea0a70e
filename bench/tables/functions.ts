import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../shared/data/free-port.ts'
import { compare, type Side } from '../lab/compare.ts'
import { get } from '../lab/drive.ts'
import { leftOut, node20, peers } from '../lab/peers.ts'
import { type Served, serveFrom } from '../lab/process.ts'
import type { Table } from '../lab/report.ts'
import { type BenchShop, PRODUCTS } from '../lab/shop.ts'
import { once, pagePath } from './uncached.ts'

const SETTLE_MS = 60_000
const FIXED = '/api/v1/fixed/'

type Host = { name: string; start: (node?: string) => Promise<Served> }

/** A fixed answer of 8 KB from one and the same function, called for each request. */
export async function fixedFunction(shop: BenchShop): Promise<Table> {
  const function_ = { folder: peers, handler: 'fixed.handler', path: FIXED }
  const answer = get(FIXED)
  const own = (file: string) => () =>
    serveFrom(join(peers, file), { env: shop.environment, cwd: shop.folder, ready: FIXED })
  return hosts('functions-fixed', 'A function of a fixed answer, 8 KB', {
    // The bars were set with Node 20 for all; bundles of ours are made for 24.
    sides: [
      { name: 'souk', start: own('fixed-host.ts') },
      { name: 'bare node:http', start: own('fixed-bare.ts') },
      ...others(function_, {}).flatMap(onBothNodes),
    ],
    path: FIXED,
    requests: () => () => answer,
  })
}

/** The bundle of the product list, asked for another page each time. */
export async function pageFunction(shop: BenchShop): Promise<Table> {
  const path = '/api/v1/products/'
  const folder = join(shop.folder, 'product')
  const env = { ...shop.environment, PG_POOL_MAX: '10' }
  return hosts('functions-page', 'The bundle of the product list, pages of 20 not stored', {
    sides: [
      { name: 'souk', start: () => shop.service('product') },
      ...others({ folder, handler: 'list-products.handler', path }, env),
    ],
    path: pagePath(7),
    requests: () => once(PRODUCTS - 20, pagePath),
  })
}

/** On ours alone where npm has no Node 20 for this machine. */
function onBothNodes(host: Host): Host[] {
  if (!existsSync(node20)) return [host]
  return [host, { name: `${host.name}, on Node 20`, start: () => host.start(node20) }]
}

type One = { folder: string; handler: string; path: string }

function others({ folder, handler, path }: One, more: Record<string, string>): Host[] {
  const env = { ...more, BENCH_FOLDER: folder, BENCH_HANDLER: handler, BENCH_PATH: path }
  type How = {
    own?: Record<string, string>
    after?: readonly string[]
    cwd?: string
    isTalkative?: boolean
  }
  const start =
    (module: string, { own = {}, after = [], cwd = folder, isTalkative = false }: How = {}) =>
    async (node?: string) =>
      serveFrom(join(peers, module), {
        node,
        env: { ...env, ...own, LAMBDA_PORT: String(await freePort()) },
        after,
        cwd,
        isTalkative,
        ready: path,
      })
  const framework = 'node_modules/@google-cloud/functions-framework/build/src/main.js'
  const offline = 'serverless-offline-one.mjs'
  const serverless = 'serverless/node_modules/serverless/bin/serverless.js'
  return [
    {
      name: 'functions-framework 5',
      start: start(framework, {
        after: ['--target=one', `--source=${join(peers, 'functions-framework-one.mjs')}`],
      }),
    },
    {
      name: 'serverless-offline 13',
      start: start(serverless, {
        own: { SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off' },
        after: ['offline', '--config', 'serverless.cjs'],
        cwd: join(peers, 'serverless'),
        isTalkative: true,
      }),
    },
    { name: 'serverless-offline 14', start: start(offline) },
    {
      name: 'serverless-offline 14, useInProcess',
      start: start(offline, { own: { BENCH_IN_PROCESS: 'true' } }),
    },
  ]
}

type What = { sides: Host[]; path: string; requests: () => Side['requests'] }

async function hosts(name: string, title: string, what: What): Promise<Table> {
  const missing = leftOut(
    'serverless-offline',
    '@google-cloud/functions-framework',
    '../serverless/node_modules/serverless',
  )
  if (missing) throw new Error(missing)
  const running: (Served & { name: string })[] = []
  try {
    for (const side of what.sides) running.push({ ...(await side.start()), name: side.name })
    const bodies = await Promise.all(running.map(({ port }) => bodyOf(port, what.path)))
    for (const body of bodies) assert.equal(body, bodies[0])
    for (const { name, port } of running) await settled(name, port, what.path)
    return await compare({
      name,
      title,
      base: 'souk',
      inverse: true,
      seconds: 3,
      sides: running.map((it) => ({
        name: it.name,
        port: it.port,
        pids: [it.pid],
        requests: what.requests(),
      })),
      notes: [
        'One and the same bundle in all, and the same bytes out, checked before; the others are one process each, as ours is. Only the links to other pages differ: serverless-offline takes the last slash from the path that it hands to the function.',
        'All as their users run them. `serverless offline` of Serverless 3, the last that asks for no login; 14 is a plugin of Serverless 4, which asks for one, and is called here as that would. Each call that comes while others are under way has a worker thread of its own, the default; `useInProcess` is the setting without. What `serverless offline` says of each call goes to /dev/null.',
        '`functions-framework --target=one`: it knows HTTP functions, so twenty lines make the event and send the result.',
      ],
    })
  } finally {
    for (const it of running) await it.stop()
  }
}

/**
 * Waits until fifty at once are answered well, three times over: where each has a thread of its own, that
 * has to be begun, load the bundle and find its database first, and some of the first calls fail.
 */
async function settled(name: string, port: number, path: string): Promise<void> {
  const isGood = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined)
    await answer?.arrayBuffer()
    return answer?.ok ?? false
  }
  const until = performance.now() + SETTLE_MS
  for (let times = 0; times < 3; ) {
    const all = await Promise.all(Array.from({ length: 50 }, isGood))
    times = all.every(Boolean) ? times + 1 : 0
    if (performance.now() > until) throw new Error(`${name} does not answer fifty at once`)
  }
}

async function bodyOf(port: number, path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  assert.equal(answer.status, 200)
  return (await answer.text()).replaceAll(`:${port}/`, '/').replaceAll('/products?', '/products/?')
}
