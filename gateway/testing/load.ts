import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Dispatcher, Pool } from 'undici'
import * as z from 'zod'
import { until } from '../../shared/testing/until.ts'
import { type Failure, type Report, summary } from './report.ts'

/** Where the shop answers, and who its superuser is. */
export type LoadOptions = { url: string; email: string; password: string }

export type Load = {
  /** Seconds since the first request. */
  now(): number
  failures(): readonly Failure[]
  /** Names answered by name of the call, so far. */
  sent(): number
  /** Ends the stream, sends what failed of the adds again, counts the carts, and sums up. */
  stop(): Promise<Report>
}

type Reply = Promise<{ statusCode: number; body: Dispatcher.ResponseData['body'] }>
type Kind = { name: string; share: number; go: () => Reply }
type Guest = { cookie: string; adds: number; unsure: { key: string; product: number }[] }

const TICK_MS = 10
const TOKEN_MS = 200_000
const GUESTS = 40
const Product = z.object({ id: z.int() })
const Access = z.object({ access: z.string() })
const Me = z.object({ email: z.string(), username: z.string() })
const Cart = z.object({ item_count: z.int() })

/**
 * A steady stream of reads and writes to all four services, `rate` a second, until it is stopped. Open
 * loop: a slow answer delays no other request. Each add to a cart has an `Idempotency-Key`, as the
 * storefront's have; what came of all of them is counted at the end, in the carts.
 */
export async function startLoad(options: LoadOptions, rate: number): Promise<Load> {
  const pool = new Pool(options.url, {
    // A request that waits here has been sent by no clock; the gateway takes 200 from one address.
    connections: 180,
    pipelining: 1,
    headersTimeout: 40_000,
    bodyTimeout: 40_000,
  })
  const times: number[] = []
  const failures: Failure[] = []
  const counts = new Map<string, number>()
  let access = ''

  const ask = (method: Dispatcher.HttpMethod, path: string, body?: unknown, headers = {}) =>
    pool.request({
      method,
      path,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const bearer = () => ({ authorization: `Bearer ${access}` })
  const json = async <T>(schema: z.ZodType<T>, answer: Reply): Promise<T> => {
    const { statusCode, body } = await answer
    const text = await body.text()
    if (statusCode >= 300) throw new Error(`${statusCode}: ${text}`)
    return schema.parse(JSON.parse(text))
  }
  const signIn = async () => {
    const { email, password } = options
    access = (await json(Access, ask('POST', '/api/v1/token/', { email, password }))).access
  }

  await signIn()
  const ids = await stock()
  const me = await json(Me, ask('GET', '/api/v1/users/me/', undefined, bearer()))
  const review = await ownReview()
  const guests: Guest[] = []
  for (let n = 0; n < GUESTS; n++) guests.push(await newGuest())

  const some = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)] as T
  const amount = () => Math.floor(Math.random() * 1000)
  const kinds: Kind[] = [
    { name: 'page', share: 0.005, go: () => ask('GET', '/products') },
    { name: 'products', share: 0.27, go: () => ask('GET', '/api/v1/products/?limit=20') },
    { name: 'product', share: 0.27, go: () => ask('GET', `/api/v1/products/${some(ids)}/`) },
    { name: 'reviews', share: 0.18, go: () => ask('GET', `/api/v1/reviews/${some(ids)}/`) },
    { name: 'me', share: 0.15, go: () => ask('GET', '/api/v1/users/me/', undefined, bearer()) },
    { name: 'cart', share: 0.05, go: () => readCart(some(guests)) },
    { name: 'add to cart', share: 0.06, go: () => add(some(guests), randomUUID(), some(ids)) },
    { name: 'change product', share: 0.005, go: changeProduct },
    { name: 'change review', share: 0.005, go: changeReview },
    { name: 'rename', share: 0.005, go: rename },
  ]

  function readCart({ cookie }: Guest) {
    return ask('GET', '/api/v1/cart/', undefined, { cookie })
  }
  function changeProduct() {
    const body = { stock_count: 1_000_000 + amount() }
    return ask('PATCH', `/api/v1/products/${some(ids)}/`, body, bearer())
  }
  function changeReview() {
    const body = { rating: 1 + (amount() % 5), title: 'Load', comment: `Said ${amount()} times` }
    return ask('PUT', `/api/v1/reviews/${review}/`, body, bearer())
  }
  function rename() {
    const username = `${me.username.replace(/\.\d+$/, '')}.${amount()}`
    return ask('PUT', '/api/v1/users/', { email: me.email, username }, bearer())
  }

  function send({ cookie }: Guest, key: string, product: number) {
    const body = { product_id: product, quantity: 1 }
    return ask('POST', '/api/v1/cart/add/', body, { cookie, 'idempotency-key': key })
  }

  async function add(guest: Guest, key: string, product: number) {
    guest.adds++
    const kept = { key, product }
    guest.unsure.push(kept)
    const reply = await send(guest, key, product)
    if (reply.statusCode < 300) guest.unsure.splice(guest.unsure.indexOf(kept), 1)
    return reply
  }

  function newGuest(): Promise<Guest> {
    const body = { product_id: ids[0], quantity: 1 }
    return until(async () => {
      const answer = await ask('POST', '/api/v1/cart/add/', body)
      await answer.body.dump()
      const cookie = String(answer.headers['set-cookie']).split(';', 1)[0] ?? ''
      return answer.statusCode === 200 ? { cookie, adds: 1, unsure: [] } : undefined
    })
  }

  /** Products of our own, of which no visitor's cart is too full. */
  async function stock(): Promise<number[]> {
    const name = `Load ${Date.now()}`
    const category = await json(Product, ask('POST', '/api/v1/categories/', { name }, bearer()))
    const made: number[] = []
    for (let n = 1; n <= 20; n++) {
      const body = {
        name: `${name} ${n}`,
        description: 'Made for a test under load',
        price: '12.50',
        stock_count: 1_000_000,
        categories: [category.id],
      }
      made.push((await json(Product, ask('POST', '/api/v1/products/', body, bearer()))).id)
    }
    return made
  }

  async function ownReview(): Promise<string> {
    const body = { product_id: ids[0], rating: 4, title: 'Load', comment: 'Made under load' }
    const answer = ask('POST', '/api/v1/reviews/', body, bearer())
    return (await json(z.object({ id: z.string() }), answer)).id
  }

  const started = performance.now()
  const now = () => (performance.now() - started) / 1000
  const under: Promise<void>[] = []
  let isOver = false

  async function once({ name, go }: Kind): Promise<void> {
    const [at, began] = [now(), performance.now()]
    counts.set(name, (counts.get(name) ?? 0) + 1)
    try {
      const { statusCode, body } = await go()
      const text = await body.text()
      times.push(performance.now() - began)
      if (statusCode >= 300) failures.push({ name, at, why: `${statusCode} ${brief(text)}` })
    } catch (error) {
      failures.push({ name, at, why: error instanceof Error ? error.message : String(error) })
    }
  }

  function draw(): Kind {
    let left = Math.random()
    for (const kind of kinds) {
      left -= kind.share
      if (left < 0) return kind
    }
    return kinds[0] as Kind
  }

  const stream = (async () => {
    let renewed = performance.now()
    for (let sent = 0; !isOver; await pause(TICK_MS)) {
      for (const due = Math.floor(now() * rate); sent < due; sent++) under.push(once(draw()))
      if (performance.now() - renewed < TOKEN_MS) continue
      renewed = performance.now()
      // Too busy: the token in hand is good for a while yet.
      void signIn().catch(() => {
        renewed -= TOKEN_MS - 5000
      })
    }
  })()

  return {
    now,
    failures: () => failures,
    sent: () => under.length,
    async stop() {
      isOver = true
      await stream
      const seconds = now()
      await Promise.all(under)
      const carts = { asked: 0, held: 0 }
      for (const guest of guests) {
        for (const { key, product } of [...guest.unsure]) {
          guest.unsure = guest.unsure.filter((it) => it.key !== key)
          await until(async () => {
            const { statusCode, body } = await send(guest, key, product)
            await body.dump()
            return statusCode < 300
          })
        }
        carts.asked += guest.adds
        carts.held += (await json(Cart, readCart(guest))).item_count
      }
      await pool.close()
      return summary({ seconds, counts, times, failures, carts })
    },
  }
}

/** What a problem document or a line of text says, in a few words. */
function brief(text: string): string {
  return /"code":"(\w+)"/.exec(text)?.[1] ?? text.slice(0, 40).trim()
}
