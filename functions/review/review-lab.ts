import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'
import type { User } from '../../shared/http/contract.ts'
import { signService } from '../../shared/http/tokens.ts'
import type { Reply, Shop } from '../../shared/testing/shop.ts'
import { person } from '../../shared/testing/tokens.ts'
import { allowing } from '../../shared/testing/until.ts'

const Event = z.object({ id: z.guid(), topic: z.string(), payload: z.record(z.string(), z.any()) })
type Taken = z.output<typeof Event>

/** A server in the product service's place: it knows some products and takes events. */
export type ProductStand = {
  url: string
  /** Ids it knows. */
  products: Set<number>
  /** Events in the order they came, repeated ones too. */
  events: Taken[]
  /** How often it was asked for products. */
  asked: number
  stop(): Promise<void>
  start(): Promise<void>
}

export async function openProductStand(ids: readonly number[]): Promise<ProductStand> {
  let server: Server | undefined
  let port = 0
  const stand: ProductStand = {
    url: '',
    products: new Set(ids),
    events: [],
    asked: 0,
    async start() {
      server = serverOf(stand)
      await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve))
      port = (server.address() as AddressInfo).port
    },
    async stop() {
      const closing = server
      server = undefined
      closing?.closeAllConnections()
      await new Promise((resolve) => (closing ? closing.close(resolve) : resolve(undefined)))
    },
  }
  await stand.start()
  stand.url = `http://127.0.0.1:${port}`
  return stand
}

function serverOf(stand: ProductStand): Server {
  return createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (request.method === 'GET') {
      stand.asked++
      const ids = (url.searchParams.get('ids') ?? '').split(',').map(Number)
      const results = ids
        .filter((id) => stand.products.has(id))
        .map((id) => ({ id, product_id: id, version: 1, name: `Product ${id}` }))
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ results }))
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    stand.events.push(Event.parse(JSON.parse(Buffer.concat(chunks).toString())))
    response.writeHead(204).end()
  })
}

/** Sends an event as the service that it comes from would; a new one unless `id` is given. */
export function sendEvent(
  shop: Shop,
  from: 'product' | 'auth',
  topic: string,
  payload: unknown,
  id: string = crypto.randomUUID(),
): Promise<Reply> {
  return shop.call('POST', '/internal/v1/events/', {
    headers: { authorization: `Bearer ${signService(from, 'review')}` },
    body: { id, topic, at: new Date().toISOString(), payload },
  })
}

/** The `n`-th of any number of customers. */
export function customer(n: number | string): User {
  return person(`customer-${n}`)
}

/**
 * Polls until `check` gives something other than undefined or false. The time counts on a machine
 * with cores to spare; one with three times the work it can do gets three times as long.
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  milliseconds = 5000,
): Promise<T> {
  const began = performance.now()
  for (;;) {
    const found = await check()
    if (found !== undefined && found !== false) return found
    const allowed = allowing(milliseconds)
    if (performance.now() - began > allowed)
      throw new Error(`${what}: not within ${Math.round(allowed)} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Calls again while the answer is 503: an overloaded machine's word, not the endpoint's. */
export async function definite(call: () => Promise<Reply>): Promise<Reply> {
  for (let left = 20; ; left--) {
    const reply = await call()
    if (reply.status !== 503 || left === 0) return reply
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** Path and query of an absolute address, for the next call. */
export function targetOf(address: string): string {
  const url = new URL(address)
  return url.pathname + url.search
}
