import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DemoReview, demoReviews, type ReviewedProduct } from './demo.ts'

const opened = Date.UTC(2025, 4, 21)
const shop = Array.from({ length: 154 }, (_, at) => ({
  id: at + 1,
  name: `Product number ${at}`,
  created_at: new Date(opened + at * 3 * 86_400_000).toISOString(),
}))
const reviews = demoReviews(shop)

test('a shop of 154 products gets about 600 reviews, by thirty people', () => {
  assert.ok(reviews.length > 500 && reviews.length < 700, `${reviews.length} reviews`)
  assert.equal(new Set(reviews.map(({ author }) => author.username)).size, 30)
  for (const { author } of reviews) assert.match(author.username, /^[a-z0-9._-]+$/)
})

test('a product has none to nine reviews, and one by each person at most', () => {
  const counts = shop.map(({ id }) => about(id).length)
  assert.deepEqual([...new Set(counts)].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  const pairs = reviews.map(({ product_id, author }) => `${product_id} ${author.username}`)
  assert.equal(new Set(pairs).size, pairs.length)
})

test('most ratings are four or five, some are one or two, and products differ', () => {
  const share = (...wanted: number[]) =>
    reviews.filter(({ rating }) => wanted.includes(rating)).length / reviews.length
  assert.ok(share(4, 5) > 0.7 && share(4, 5) < 0.9, `${share(4, 5)} are good`)
  assert.ok(share(1) > 0.015 && share(2) > 0.03 && share(3) > 0.04)
  const means = shop
    .map(({ id }) => about(id).map(({ rating }) => rating))
    .filter(({ length }) => length >= 3)
    .map((ratings) => ratings.reduce((sum, rating) => sum + rating, 0) / ratings.length)
  assert.ok(Math.min(...means) < 3 && Math.max(...means) >= 4.8)
  assert.ok(new Set(means.map((mean) => mean.toFixed(1))).size > 10)
})

test('no product hears the same remark twice, and few are heard often', () => {
  for (const { id } of shop) {
    const titles = about(id).map(({ title }) => title)
    assert.equal(new Set(titles).size, titles.length, `product ${id}`)
  }
  assert.ok(new Set(reviews.map(({ title }) => title)).size >= 60)
  assert.ok(new Set(reviews.map(({ comment }) => comment)).size > 200)
})

test('reviews are written after the product came, and before the demo ends', () => {
  const came = new Map(shop.map(({ id, created_at }) => [id, created_at]))
  for (const { product_id, created_at } of reviews) {
    assert.ok(created_at > (came.get(product_id) ?? ''), `${product_id} at ${created_at}`)
    assert.ok(created_at < '2026-11-22')
  }
  const months = new Set(reviews.map(({ created_at }) => created_at.slice(0, 7)))
  assert.ok(months.size >= 15, [...months].join())
  assert.deepEqual(demoReviews([{ id: 1, name: 'x', created_at: '2027-01-01T00:00:00Z' }]), [])
})

test('the same shop gets the same reviews, whatever ids its products have', () => {
  assert.deepEqual(demoReviews(shop), reviews)
  const moved = demoReviews(shop.map((product) => ({ ...product, id: product.id + 1000 })))
  assert.deepEqual(
    moved.map((review) => ({ ...review, product_id: review.product_id - 1000 })),
    reviews,
  )
})

test('a product without a date is reviewed as well', () => {
  const bare: ReviewedProduct[] = shop.map(({ id, name }) => ({ id, name }))
  assert.ok(demoReviews(bare).length >= reviews.length)
})

test('a product is called by its bare name', () => {
  const names = ['The Winter, a novel', 'Bright bulbs, 20 pack']
  const bare = Array.from({ length: 400 }, (_, id) => ({ id, name: names[id % 2] ?? '' }))
  const text = demoReviews(bare).map(({ comment }) => comment)
  const all = text.join('\n')
  assert.doesNotMatch(all, /[{}]|the the|a novel|20 pack/i)
})

function about(product: number): DemoReview[] {
  return reviews.filter(({ product_id }) => product_id === product)
}
