import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { recount } from './recount.ts'
import { seedDemoReviews, seedMany } from './seed.ts'
import { review } from './service.ts'

const products = Array.from({ length: 60 }, (_, at) => ({ id: at + 1, name: `Thing no. ${at}` }))
let shop: Shop

before(async () => {
  shop = await openShop([review])
})
after(() => shop.close())

const everything = () => shop.db('review').sql`
  select r.id, r.product_id, r.user_id, r.username, r.rating, r.comment, r.helpful_count,
    r.created_at from review r order by r.id`

test('demo reviews are the same however often they are put in, and count', async () => {
  const steps: number[] = []
  await seedDemoReviews(products, (done) => steps.push(done))
  const first = await everything()
  assert.ok(first.length > 100 && steps.at(-1) === first.length)
  await seedDemoReviews(products)
  assert.deepEqual(await everything(), first)
  assert.deepEqual(await recount({ repair: false }), [])
  const told = await shop.db('review').sql`select from souk_outbox where topic = 'rating.changed'`
  assert.equal(told.length, new Set(first.map((it) => it.product_id)).size)
  const ids = first.map(({ id }) => String(id))
  const times = first.map(({ created_at }) => String(created_at))
  assert.deepEqual(ids.toSorted(), ids)
  assert.deepEqual(times.toSorted(), times)
  const votes = await shop.db('review').sql`
    select r.id from review r left join review_vote v on v.review_id = r.id
    group by r.id having count(v.user_id) <> r.helpful_count`
  assert.deepEqual(votes, [])
  const list = await shop.call('GET', `/api/v1/reviews/${first[0]?.product_id}/?ordering=-helpful`)
  assert.ok(list.body.count > 0)
})

test('thousands for load tests, with aggregates and in the lists at once', async () => {
  const before = (await shop.call('GET', '/api/v1/reviews/1/')).body.count
  const there = (await everything()).length
  await seedMany(5000, () => {}, 100)
  await seedMany(1000, () => {}, 100)
  assert.equal((await everything()).length, there + 6000)
  assert.deepEqual(await recount({ repair: false }), [])
  assert.equal((await shop.call('GET', '/api/v1/reviews/1/')).body.count, before + 60)
})
