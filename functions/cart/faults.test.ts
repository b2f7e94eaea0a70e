import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Fault, type FaultProxy, faultProxy } from '../../shared/testing/fault-proxy.ts'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { allowing, until } from '../../shared/testing/until.ts'
import { product } from '../product/service.ts'
import { type CartProcess, databaseUrlOf, guestOf, makeProduct, startCart } from './cart-lab.ts'
import { cart } from './service.ts'

const path = '/api/v1/cart/'
const READERS = 10
const SECONDS = 3

let shop: Shop
let proxies: FaultProxy[]
let running: CartProcess
let cookie: string

before(async () => {
  shop = await openShop([product, cart])
  const id = await makeProduct(shop)
  // Two instances as far as the cart service knows, so that there is one to retry at.
  proxies = await Promise.all([1, 2].map(() => faultProxy(shop.url('host', 'product'))))
  running = await startCart(
    databaseUrlOf(shop, 'cart'),
    proxies.map(({ url }) => url),
  )
  const added = await shop.call('POST', `${path}add/`, { body: { product_id: id, quantity: 2 } })
  cookie = guestOf(added) ?? ''
})
after(async () => {
  await running.stop()
  await Promise.all(proxies.map((it) => it.close()))
  await shop.close()
})

const faults: Record<string, Fault> = {
  killed: { kind: 'refuse' },
  frozen: { kind: 'freeze' },
  'five seconds slow': { kind: 'latency', ms: 5_000 },
  reset: { kind: 'reset' },
  'answering junk': { kind: 'junk' },
  'answering what no contract knows': {
    kind: 'junk',
    bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 29\r\n\r\n{"results":[{"id":"a lie"}]}\n',
  },
  'cut off in the answer': { kind: 'cut', afterBytes: 40 },
  'dripping one byte at a time': { kind: 'drip', bytes: 1, everyMs: 20 },
}

for (const [name, fault] of Object.entries(faults))
  test(`product service ${name}: every read is answered, p99 under 400 ms`, async (t) => {
    await well()
    const asked = requests()
    await Promise.all(proxies.map((it) => it.set(fault)))
    const { times, stale } = await load()
    const attempts = requests() - asked
    await Promise.all(proxies.map((it) => it.set({ kind: 'none' })))
    times.sort((a, b) => a - b)
    const p99 = times[Math.ceil(times.length * 0.99) - 1] ?? 0
    t.diagnostic(`${times.length} reads, p99 ${Math.round(p99)} ms, ${attempts} attempts`)
    assert.equal(stale, times.length, 'each says that it is stale')
    assert.ok(p99 < allowing(400), `p99 is ${p99} ms`)
    assert.ok(attempts <= times.length * 1.1)
  })

test('one of two instances broken: reads stay fresh once it is put aside', async () => {
  await well()
  await proxies[0]?.set({ kind: 'reset' })
  for (let round = 0; round < 20; round++) await read()
  const { times, stale } = await load()
  await proxies[0]?.set({ kind: 'none' })
  assert.ok(stale <= times.length * 0.02, `${stale} of ${times.length} are stale`)
})

/** Readers that ask again and again; every answer must be the whole cart. */
async function load(): Promise<{ times: number[]; stale: number }> {
  const times: number[] = []
  let stale = 0
  const end = performance.now() + SECONDS * 1000
  const reader = async () => {
    while (performance.now() < end) {
      const started = performance.now()
      const { status, body } = await read()
      times.push(performance.now() - started)
      assert.equal(status, 200)
      assert.deepEqual([body.total, body.items[0].quantity], ['25.98', 2])
      if (body.stale) stale++
    }
  }
  await Promise.all(Array.from({ length: READERS }, reader))
  return { times, stale }
}

async function read() {
  const reply = await fetch(running.url + path, { headers: { cookie } })
  return { status: reply.status, body: JSON.parse(await reply.text()) }
}

/** Waits until the last fault is forgotten: circuit closed, nobody put aside. */
async function well() {
  await Promise.all(proxies.map((it) => it.set({ kind: 'none' })))
  let fresh = 0
  await until(async () => {
    fresh = (await read()).body.stale ? 0 : fresh + 1
    return fresh > 20
  }, 30)
}

function requests() {
  return proxies.reduce((sum, it) => sum + it.requests(), 0)
}
