import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { amount } from '../../shared/testing/proof.ts'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import {
  customer,
  definite,
  eventually,
  openProductStand,
  type ProductStand,
} from './review-lab.ts'
import { review } from './service.ts'

const path = '/api/v1/reviews/'
const outageSeconds = amount(20, 2)
let shop: Shop
let stand: ProductStand

const stopping = new AbortController()
let working: Promise<void>[]

before(async () => {
  stand = await openProductStand([1, 2, 3])
  shop = await openShop([review], { upstreams: { product: stand.url } })
  working = (review.background ?? []).map((work) => work(stopping.signal))
})
after(async () => {
  stopping.abort()
  await Promise.all(working)
  await shop.close()
  await stand.stop()
})

const post = (n: number, product_id: number) =>
  shop.call('POST', path, { as: customer(n), body: { product_id, rating: 1 + (n % 5) } })
const told = (product: number) =>
  stand.events.map(({ payload }) => payload).filter(({ product_id }) => product_id === product)

test('a rating reaches the product service within two seconds, a burst in few events', async () => {
  await Promise.all(Array.from({ length: 100 }, (_, n) => definite(() => post(n, 3))))
  const last = await eventually(
    'the last one',
    async () => told(3).find(({ count }) => count === 100),
    2000,
  )
  assert.deepEqual(last, { product_id: 3, mean: '3.0', count: 100, version: 100 })
  assert.ok(told(3).length < 50, `${told(3).length} events`)
})

test(`the product service is down for ${outageSeconds} s: reviews are taken, ranks right after`, async (t) => {
  assert.equal((await post(0, 1)).status, 201)
  await stand.stop()
  const until = performance.now() + outageSeconds * 1000
  let taken = 1
  for (let n = 1; performance.now() < until; n++) {
    const replies = await Promise.all([post(n, 1), post(n, 2)])
    assert.deepEqual(
      replies.map(({ status }) => status),
      [201, 503],
    )
    taken++
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const list = await shop.call('GET', `${path}1/`)
  assert.equal(list.body.count, taken)
  assert.equal((await shop.db('review').sql`select from review where product_id = 2`).length, 0)
  assert.equal((await shop.db('review').sql`select from souk_outbox where key = '1'`).length, 1)
  await stand.start()
  const began = performance.now()
  const last = await eventually(
    'the rating arrives',
    async () => told(1).find(({ count }) => count === taken),
    // The relay's longest pause between two tries, and a little.
    12_000,
  )
  const after = Math.round(performance.now() - began)
  t.diagnostic(`${taken} taken, ${taken - 1} refused; told ${after} ms after it was back`)
  assert.equal(Number(last.mean), list.body.summary.mean)
  assert.equal((await post(1, 2)).status, 201)
})
