import { createHash } from 'node:crypto'
import { type DemoReview, demoReviews, type ReviewedProduct } from './demo/demo.ts'
import { knowProducts } from './queries/known.ts'
import { seedBatch, seedRatings, seedReviews, seedVotes } from './queries/seed.ts'

type Progress = (done: number, all: number) => void

const BATCH = 200
const BIG_BATCH = 100_000

/**
 * Puts the demo reviews of these products into the database, with votes on some. What is there
 * stays as it is, so that it can be repeated. Ratings go to the product service as ever.
 */
export async function seedDemoReviews(
  products: readonly ReviewedProduct[],
  progress: Progress = () => {},
): Promise<void> {
  // Version 0: whatever the product service says is newer.
  await knowProducts(products.map(({ id, name }) => ({ id, name, version: 0 })))
  const names = new Map(products.map(({ id, name }) => [id, name]))
  const all = demoReviews(products)
  const people = [...new Set(all.map(({ author }) => author.username))]
  for (let at = 0; at < all.length; at += BATCH) {
    const batch = all.slice(at, at + BATCH).map((it) => row(it, names.get(it.product_id) ?? ''))
    await seedReviews(batch)
    await seedVotes(batch.flatMap((it) => votesOn(it, people)))
    progress(at + batch.length, all.length)
  }
}

/**
 * Adds `count` reviews for load tests, by invented authors, to products 1 to `products`: one in a
 * hundred to the first. Aggregates follow, events do not: the product service is not told.
 */
export async function seedMany(
  count: number,
  progress: (done: number) => void = () => {},
  products = Math.min(100_000, Math.max(100, Math.floor(count / 20))),
): Promise<void> {
  const run = createHash('md5').update(`${process.pid} ${performance.timeOrigin}`).digest('hex')
  for (let at = 0; at < count; at += BIG_BATCH) {
    const to = Math.min(count, at + BIG_BATCH)
    await seedBatch({ run: `${run} ${performance.now()}`, from: at, to, count, products })
    progress(to)
  }
  await seedRatings()
}

function row({ product_id, author, ...said }: DemoReview, product: string) {
  const key = `${author.username} ${product}`
  return {
    id: uuid(key, Date.parse(said.created_at)),
    product_id,
    user_id: personId(author.username),
    username: author.username,
    ...said,
  }
}

/** Reviews of few words help few; the others up to nine people. */
function votesOn(review: ReturnType<typeof row>, people: readonly string[]) {
  const chance = createHash('sha256').update(review.id).digest()
  const most = review.comment.length > 120 ? 10 : 4
  return people
    .filter((it) => it !== review.username)
    .toSorted((one, other) => order(one, review.id).localeCompare(order(other, review.id)))
    .slice(0, (chance[0] ?? 0) % most)
    .map((it) => ({ review_id: review.id, user_id: personId(it) }))
}

function order(person: string, reviewId: string): string {
  return createHash('sha256').update(`${person} ${reviewId}`).digest('hex')
}

function personId(username: string): string {
  return uuid(`person ${username}`, Date.UTC(2025, 0, 1))
}

/** A version 7 id that is always the same for the same key and time. */
function uuid(key: string, at: number): string {
  const time = at.toString(16).padStart(12, '0')
  const hash = createHash('sha256').update(key).digest('hex')
  const variant = ((Number.parseInt(hash[3] ?? '0', 16) & 3) | 8).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(8, 20)}`
}
