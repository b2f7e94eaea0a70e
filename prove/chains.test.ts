import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { makeProduct } from '../functions/cart/cart-lab.ts'
import { cart } from '../functions/cart/service.ts'
import { product } from '../functions/product/service.ts'
import { review } from '../functions/review/service.ts'
import { openapi } from '../shared/derive/openapi.ts'
import type { Service } from '../shared/http/service.ts'
import { again, amount, measured, seedOf } from '../shared/testing/proof.ts'
import { openShop, type Shop } from '../shared/testing/shop.ts'
import { person } from '../shared/testing/tokens.ts'
import { type Known, valuesOf } from './fuzz/values.ts'

const CHAINS = amount(1_000, 20)

let shop: Shop
let callers = 0
const ask: Shop['call'] = (...call) => again(() => shop.call(...call))

before(async () => {
  shop = await openShop([product, cart, review])
})
after(() => shop.close())

/** Bodies that one operation takes, from its document. */
function bodiesOf(service: Service, path: string, method: string, known: Known) {
  const document = openapi(service)
  const operation = document.paths[path]?.[method]
  const schema = operation?.requestBody?.content['application/json']?.schema
  return valuesOf(schema, { document, operation: '', known }) as fc.Arbitrary<
    Record<string, unknown>
  >
}

/** What is answered holds what was sent; text loses its outer blanks. */
function holds(answered: Record<string, unknown>, sent: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(sent)) {
    const wanted = field === 'name' ? String(value).trim() : value
    if (!Array.isArray(value)) assert.deepEqual(answered[field], wanted, field)
  }
}

const none = fc.constant([])
const products = '/api/v1/products/'
const plain: Known = { categories: none, subcategories: none, barcode: fc.constant('') }

test(`products: ${CHAINS} chains of make, read, change, read, delete, use after that`, async (t) => {
  const seed = seedOf(t)
  const made = bodiesOf(product, products, 'post', plain)
  const changed = bodiesOf(product, `${products}{id}/`, 'patch', plain)
  await fc.assert(
    fc.asyncProperty(made, changed, async (body, change) => {
      const as = 'staff'
      const first = await ask('POST', products, { as, body })
      assert.equal(first.status, 201, first.text)
      holds(first.body, body)
      const path = `${products}${first.body.id}/`
      const read = await ask('GET', path)
      assert.deepEqual(read.body, first.body)
      const etag = read.headers.get('etag') ?? ''
      const second = await ask('PATCH', path, {
        as,
        body: change,
        headers: { 'if-match': etag },
      })
      assert.equal(second.status, 200, second.text)
      holds(second.body, { ...body, ...change })
      assert.deepEqual((await ask('GET', path)).body, second.body)
      assert.equal((await ask('DELETE', path, { as })).status, 204)
      const gone = await Promise.all([
        ask('GET', path),
        ask('PATCH', path, { as, body: change }),
        ask('PUT', path, { as, body }),
        ask('DELETE', path, { as }),
        ask('GET', `${products}?ids=${first.body.id}`),
      ])
      assert.deepEqual(
        gone.map((it) => it.status),
        [404, 404, 404, 404, 200],
      )
      assert.deepEqual(gone[4]?.body.results, [])
    }),
    { numRuns: CHAINS, seed },
  )
  measured(t, `${CHAINS} chains of products`)
})

test(`categories: ${CHAINS} chains`, async (t) => {
  const seed = seedOf(t)
  const path = '/api/v1/categories/'
  const bodies = bodiesOf(product, path, 'post', {})
  await fc.assert(
    fc.asyncProperty(bodies, bodies, bodies, fc.uuid(), async (body, child, change, unique) => {
      const as = 'staff'
      // Names are unique; a few letters more make them so.
      const named = (it: Record<string, unknown>) => ({
        name: `${String(it.name).slice(0, 40)} ${unique}`,
      })
      const made = await ask('POST', path, { as, body: named(body) })
      assert.equal(made.status, 201, made.text)
      const own = `${path}${made.body.id}/`
      const sub = await ask('POST', `${own}subcategories/`, { as, body: named(child) })
      assert.equal(sub.status, 201, sub.text)
      assert.deepEqual((await ask('GET', `${own}subcategories/`)).body.subcategories, [sub.body])
      const renamed = await ask('PUT', own, { as, body: named(change) })
      assert.equal(renamed.status, 200, renamed.text)
      assert.deepEqual((await ask('GET', own)).body, renamed.body)
      assert.equal((await ask('DELETE', own, { as })).status, 204)
      const gone = [own, `${own}subcategories/`].map((it) => ask('GET', it))
      const late = ask('PUT', `/api/v1/subcategories/${sub.body.id}/`, {
        as,
        body: named(child),
      })
      for (const { status } of await Promise.all([...gone, late])) assert.equal(status, 404)
    }),
    { numRuns: CHAINS, seed },
  )
  measured(t, `${CHAINS} of categories`)
})

test(`reviews: ${CHAINS} chains`, async (t) => {
  const seed = seedOf(t)
  const product_id = 900_000
  await shop.db('review').sql`insert into known_product values (${product_id}, 1, 'Known')`
  const path = '/api/v1/reviews/'
  const made = bodiesOf(review, path, 'post', { product_id: fc.constant(product_id) })
  const changed = bodiesOf(review, `${path}{product_id_or_review_id}/`, 'put', {})
  await fc.assert(
    fc.asyncProperty(made, changed, async (body, change) => {
      const as = person(`chain ${callers++}`)
      const first = await ask('POST', path, { as, body })
      assert.equal(first.status, 201, first.text)
      holds(first.body, body)
      const own = `${path}${first.body.id}/`
      assert.equal((await ask('POST', path, { as, body })).status, 409)
      const second = await ask('PUT', own, { as, body: change })
      assert.equal(second.status, 200, second.text)
      holds((await ask('GET', own)).body, change)
      assert.equal((await ask('DELETE', own, { as })).status, 204)
      const gone = await Promise.all([
        ask('GET', own),
        ask('PUT', own, { as, body: change }),
        ask('DELETE', own, { as }),
        ask('POST', `${own}votes/`, { as: 'customer' }),
      ])
      assert.deepEqual(
        gone.map((it) => it.status),
        [404, 404, 404, 404],
      )
      assert.equal((await ask('GET', `${path}${product_id}/`)).body.count, 0)
    }),
    { numRuns: CHAINS, seed },
  )
  measured(t, `${CHAINS} of reviews`)
})

test(`carts: ${CHAINS} chains of random steps against a model`, async (t) => {
  const seed = seedOf(t)
  const ids = await Promise.all([1, 2, 3].map(() => makeProduct(shop, { stock_count: 10_000 })))
  const step = fc.record({
    what: fc.constantFrom('add', 'add', 'set', 'remove', 'empty'),
    id: fc.constantFrom(...ids),
    quantity: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(998, 999)),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const as = person(`cart ${callers++}`)
      const model = new Map<number, number>()
      for (const { what, id, quantity } of steps) {
        const item = `/api/v1/cart/items/${id}/`
        const before = model.get(id)
        if (what === 'add') {
          const body = { product_id: id, quantity }
          const { status } = await ask('POST', '/api/v1/cart/add/', { as, body })
          const sum = (before ?? 0) + quantity
          assert.equal(status, sum > 999 ? 409 : 200)
          if (status === 200) model.set(id, sum)
        } else if (what === 'set') {
          const { status } = await ask('PATCH', item, { as, body: { quantity } })
          assert.equal(status, before === undefined ? 404 : 200)
          if (status === 200) model.set(id, quantity)
        } else if (what === 'remove') {
          const { status } = await ask('DELETE', item, { as })
          assert.equal(status, before === undefined ? 404 : 200)
          model.delete(id)
        } else {
          assert.equal((await ask('DELETE', '/api/v1/cart/', { as })).status, 200)
          model.clear()
        }
        const { body } = await ask('GET', '/api/v1/cart/', { as })
        const found = body.items.map((it: { product_id: number; quantity: number }) => [
          it.product_id,
          it.quantity,
        ])
        assert.deepEqual(new Map(found), model)
        assert.equal(
          body.item_count,
          [...model.values()].reduce((sum, it) => sum + it, 0),
        )
      }
    }),
    { numRuns: CHAINS, seed },
  )
  measured(t, `${CHAINS} of carts`)
})
