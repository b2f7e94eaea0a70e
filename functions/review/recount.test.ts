import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { signService } from '../../shared/http/tokens.ts'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { recount } from './recount.ts'
import { review } from './service.ts'

const path = '/api/v1/reviews/'
let shop: Shop

before(async () => {
  shop = await openShop([review])
})
after(() => shop.close())

test('a recount finds and mends what somebody did to the aggregates', async () => {
  const { sql } = shop.db('review')
  await sql`
    insert into review (product_id, user_id, username, rating)
    select n % 5 + 1, gen_random_uuid(), 'u', n % 5 + 1 from generate_series(1, 50) n`
  assert.deepEqual(await recount(), [])
  await sql`update rating set stars1 = 9 where product_id = 1`
  await sql`delete from rating where product_id = 2`
  await sql`insert into rating values (77, 1, 3, 0, 0, 1, 0, 0)`
  assert.equal((await shop.call('GET', `${path}77/`)).body.count, 1)
  assert.deepEqual(await recount({ repair: false }), [1, 2, 77])
  assert.deepEqual(await recount(), [1, 2, 77])
  assert.deepEqual(await recount(), [])
  assert.equal((await shop.call('GET', `${path}77/`)).body.count, 0)
  assert.equal((await shop.call('GET', `${path}2/`)).body.summary.count, 10)
  const told = await sql`select (payload->>'count')::int as count from souk_outbox where key = '2'`
  assert.deepEqual(told, [{ count: 10 }])
})

test('other services read all aggregates, page by page', async () => {
  const pages: { product_id: number; mean: string; count: number }[][] = []
  for (let after = 0; ; ) {
    const { body } = await shop.call('GET', `/internal/v1/ratings/?after=${after}&limit=2`, {
      headers: { authorization: `Bearer ${signService('product', 'review')}` },
    })
    if (body.results.length === 0) break
    pages.push(body.results)
    after = body.results.at(-1).product_id
  }
  const all = pages.flat().filter(({ product_id }) => product_id <= 5)
  assert.deepEqual(
    all.map(({ product_id, mean, count }) => [product_id, mean, count]),
    [1, 2, 3, 4, 5].map((it) => [it, `${it}.0`, 10]),
  )
  assert.equal((await shop.call('GET', '/internal/v1/ratings/', { as: 'superuser' })).status, 401)
})
