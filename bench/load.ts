import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Pool } from 'undici'
import * as z from 'zod'

/**
 * A steady stream of reads and writes against a running shop, for as long as one does things to it:
 *
 *   SU_EMAIL=… SU_PASSWORD=… node bench/load.ts --url http://localhost --rate 300 --seconds 60
 *
 * Open loop: a slow answer delays no other request. Prints every kind of failure with when it first
 * and last came, by seconds from the start, and the response times.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://localhost' },
    rate: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '60' },
    connections: { type: 'string', default: '48' },
  },
})
const rate = Number(values.rate)
const seconds = Number(values.seconds)
const TICK_MS = 10
const TOKEN_MS = 200_000

type Kind = { name: string; share: number; go: () => ReturnType<Pool['request']> }

const pool = new Pool(values.url, {
  connections: Number(values.connections),
  pipelining: 1,
  headersTimeout: 40_000,
  bodyTimeout: 40_000,
})
const Product = z.object({ id: z.int() })
const times: number[] = []
const failures = new Map<string, { count: number; first: number; last: number }>()
const counts = new Map<string, number>()
let access = ''

function ask(method: 'GET' | 'POST', path: string, body?: unknown, headers = {}) {
  return pool.request({
    method,
    path,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

async function json<T>(schema: z.ZodType<T>, answer: ReturnType<Pool['request']>): Promise<T> {
  const { statusCode, body } = await answer
  const text = await body.text()
  if (statusCode >= 300) throw new Error(`${statusCode}: ${text}`)
  return schema.parse(JSON.parse(text))
}

const bearer = () => ({ authorization: `Bearer ${access}` })

async function signIn(): Promise<void> {
  const { SU_EMAIL: email, SU_PASSWORD: password } = process.env
  const reply = json(
    z.object({ access: z.string() }),
    ask('POST', '/api/v1/token/', { email, password }),
  )
  access = (await reply).access
}

async function stock(): Promise<number[]> {
  const Names = z.object({ results: z.array(z.object({ id: z.int() })) })
  const known = await json(Names, ask('GET', '/api/v1/products/?limit=20'))
  if (known.results.length >= 10) return known.results.map((it) => it.id)
  const name = `Load ${Date.now()}`
  const category = await json(Product, ask('POST', '/api/v1/categories/', { name }, bearer()))
  const ids: number[] = []
  for (let n = 1; n <= 20; n++) {
    const body = {
      name: `${name} ${n}`,
      description: 'Made by bench/load.ts',
      price: '12.50',
      stock_count: 1_000_000,
      categories: [category.id],
    }
    ids.push((await json(Product, ask('POST', '/api/v1/products/', body, bearer()))).id)
  }
  return ids
}

async function once(kind: Kind, started: number): Promise<void> {
  const sent = performance.now()
  counts.set(kind.name, (counts.get(kind.name) ?? 0) + 1)
  let outcome: string | undefined
  try {
    const { statusCode, body } = await kind.go()
    await body.dump()
    if (statusCode >= 300) outcome = String(statusCode)
    times.push(performance.now() - sent)
  } catch (error) {
    outcome = error instanceof Error ? error.message : String(error)
  }
  if (outcome === undefined) return
  const at = Math.round((sent - started) / 100) / 10
  const key = `${kind.name}: ${outcome}`
  const known = failures.get(key) ?? { count: 0, first: at, last: at }
  failures.set(key, { ...known, count: known.count + 1, last: Math.max(known.last, at) })
}

await signIn()
const ids = await stock()
const some = () => ids[Math.floor(Math.random() * ids.length)] ?? 0
const kinds: Kind[] = [
  { name: 'page', share: 0.05, go: () => ask('GET', '/') },
  { name: 'products', share: 0.25, go: () => ask('GET', '/api/v1/products/?limit=20') },
  { name: 'product', share: 0.25, go: () => ask('GET', `/api/v1/products/${some()}/`) },
  { name: 'reviews', share: 0.15, go: () => ask('GET', `/api/v1/reviews/${some()}/`) },
  { name: 'me', share: 0.1, go: () => ask('GET', '/api/v1/users/me/', undefined, bearer()) },
  { name: 'cart', share: 0.1, go: () => ask('GET', '/api/v1/cart/', undefined, bearer()) },
  {
    name: 'add to cart',
    share: 0.1,
    go: () => ask('POST', '/api/v1/cart/add/', { product_id: some(), quantity: 1 }, bearer()),
  },
]

function draw(): Kind {
  let left = Math.random()
  for (const kind of kinds) {
    left -= kind.share
    if (left < 0) return kind
  }
  return kinds[0] as Kind
}

const started = performance.now()
const under: Promise<void>[] = []
let sent = 0
let renewed = started
while (performance.now() - started < seconds * 1000) {
  const due = Math.floor(((performance.now() - started) / 1000) * rate)
  while (sent++ < due) under.push(once(draw(), started))
  sent--
  if (performance.now() - renewed > TOKEN_MS) {
    renewed = performance.now()
    void signIn().catch((error: unknown) => console.error('no new token', error))
  }
  await pause(TICK_MS)
}
await Promise.all(under)
times.sort((a, b) => a - b)
const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1)
const failed = [...failures.values()].reduce((sum, it) => sum + it.count, 0)
console.log(
  `${under.length} requests in ${seconds} s (${Math.round(under.length / seconds)}/s), ${failed} failed`,
)
console.log(`ms: p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, max ${at(0.99999)}`)
console.log(Object.fromEntries(counts))
for (const [key, it] of failures)
  console.log(`  ${key}  ×${it.count}, from ${it.first} s to ${it.last} s`)
await pool.close()
