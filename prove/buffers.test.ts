import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { blocksRead, gates } from '../bench/growth/blocks.ts'
import { fillCarts, fillProducts, fillReviews } from '../bench/growth/fill.ts'
import { cart } from '../functions/cart/service.ts'
import { product } from '../functions/product/service.ts'
import { review } from '../functions/review/service.ts'
import { openShop, type Shop } from '../shared/testing/shop.ts'

/**
 * What PostgreSQL reads for an answer: unlike its time the same on every machine, so that it can be a
 * gate. Each bound holds in the small shop as in the large one; `npm run bench -- buffers` holds the
 * same bounds in a shop of a million.
 */
const SMALL = { product: 1000, review: 1000, cart: 100 }
const LARGE = { product: 100_000, review: 50_000, cart: 2000 }
const fills = { product: fillProducts, review: fillReviews, cart: fillCarts }
const services = ['product', 'review', 'cart'] as const

let shop: Shop
const found = new Map<string, number[]>()

before(async () => {
  shop = await openShop([product, review, cart])
  for (const size of [SMALL, LARGE]) {
    await Promise.all(services.map((it) => fills[it](urlOf(it), size[it])))
    for (const service of services)
      for (const [name, blocks] of await blocksRead(shop, service, urlOf(service))) {
        const key = `${service} ${name}`
        found.set(key, [...(found.get(key) ?? []), blocks])
      }
  }
})
after(() => shop.close())

for (const service of services)
  describe(`${service}: blocks read for`, () => {
    for (const [name, most] of gates[service])
      test(`${name}: at most ${most}`, (context) => {
        const [small = 0, large = 0] = found.get(`${service} ${name}`) ?? []
        context.diagnostic(`${small} of few, ${large} of many`)
        assert.ok(small > 0 && large > 0, 'nothing was read')
        assert.ok(small <= most && large <= most, `${small} blocks, then ${large}`)
      })
  })

function urlOf(service: string): string {
  const { connectionString } = shop.db(service).pool().options
  return connectionString ?? ''
}
