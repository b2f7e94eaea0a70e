import type { SignIns } from './local.ts'
import { seedDemo } from './product/seed.ts'
import { seedDemoReviews } from './review/seed.ts'

/**
 * Fills a new shop: products with pictures, reviews, and the shopper's account. Can be repeated:
 * what is there already stays. The databases are those of this process's environment.
 */
export async function loadDemo(
  signIns: SignIns,
  ports: ReadonlyMap<string, number>,
  say: (text: string) => void,
): Promise<void> {
  await loadShelves(say)
  await register(signIns.shopper, ports.get('auth'))
}

/** The part of it that needs no service to run: products with pictures, and reviews. */
export async function loadShelves(say: (text: string) => void): Promise<void> {
  say('Filling the shelves')
  const products = await seedDemo((done, all) => say(`Filling the shelves: ${done} of ${all}`))
  say('Asking customers what they think')
  await seedDemoReviews(products, (done, all) => say(`Collecting reviews: ${done} of ${all}`))
}

async function register(shopper: { email: string; password: string }, port: number | undefined) {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/users/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...shopper, username: 'ada' }),
  })
  if (answer.status !== 201 && answer.status !== 409)
    throw new Error(`The shopper's account could not be made: ${await answer.text()}`)
}
