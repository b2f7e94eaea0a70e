import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { product } from '../../functions/product/service.ts'
import { openShop, type Shop } from '../testing/shop.ts'

// What a cache in front is told. In a process of its own: settings are read once.
process.env.SHARED_CACHE_SECONDS = '60'
let shop: Shop

before(async () => {
  shop = await openShop([product])
})
after(() => shop.close())

test('public answers say how long a shared cache may keep them, and by which tags', async () => {
  const list = await shop.call('GET', '/api/v1/categories/')
  assert.equal(list.headers.get('cache-control'), 'public, max-age=0, s-maxage=60')
  assert.match(list.headers.get('surrogate-key') ?? '', /^[\x21-\x7e]+( [\x21-\x7e]+)*$/)
  // Never longer than the contract: views and stock may lag behind by that much, not by more.
  const products = await shop.call('GET', '/api/v1/products/')
  assert.equal(products.headers.get('cache-control'), 'public, max-age=0, s-maxage=45')
})

test('faults and private answers are for no cache', async () => {
  const missing = await shop.call('GET', '/api/v1/products/999999/')
  assert.equal(missing.status, 404)
  assert.equal(missing.headers.get('cache-control'), 'no-store')
  const body = { name: 'Kept nowhere' }
  const made = await shop.call('POST', '/api/v1/categories/', { as: 'staff', body })
  assert.match(made.headers.get('cache-control') ?? '', /no-store/)
  assert.equal(made.headers.get('surrogate-key'), null)
})
