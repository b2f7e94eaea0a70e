import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { asService, make, products, sendEvent } from './product-lab.ts'
import { product } from './service.ts'

let shop: Shop
before(async () => {
  shop = await openShop([product])
})
after(() => shop.close())

const path = '/internal/v1/products/'

describe('other services look products up', () => {
  for (const door of ['process', 'host'] as const)
    test(`${door}: many at once, those that are not there left out`, async () => {
      const one = await make(shop, { name: 'One', stock_count: 3 })
      const two = await make(shop, { name: 'Two', price: '20.00' })
      const target = `${path}?ids=${two.id},999999,${one.id},${one.id}`
      const reply = await shop.call('GET', target, { door, headers: asService('cart') })
      assert.equal(reply.status, 200, reply.text)
      const of = (id: number, more: object) => ({
        id,
        product_id: id,
        version: 1,
        image: null,
        ...more,
      })
      assert.deepEqual(reply.body.results, [
        of(one.id, { name: 'One', price: '9.50', stock_count: 3 }),
        of(two.id, { name: 'Two', price: '20.00', stock_count: 0 }),
      ])
      assert.match(reply.headers.get('cache-control') ?? '', /no-store/)
    })

  test('nobody else does, and the gateway knows of no such thing', async () => {
    const target = `${path}?ids=1`
    for (const as of [undefined, 'customer', 'staff', 'superuser'] as const)
      assert.equal((await shop.call('GET', target, { as })).status, 401)
    const headers = asService('cart')
    const outside = await shop.call('GET', target, { door: 'gateway', headers })
    assert.equal(outside.status, 404)
    const token = await shop.call('POST', products, { headers, body: { name: 'x', price: '1.00' } })
    assert.equal(token.status, 401, 'nor does a service write as staff')
  })

  test('without ids, or with what are none, it is no question', async () => {
    const headers = asService('cart')
    for (const query of ['', '?ids=a', '?ids=1;2', `?ids=${'1,'.repeat(100)}x`])
      assert.equal((await shop.call('GET', path + query, { headers })).status, 400)
  })
})

describe('the review service tells ratings', () => {
  const rating = async (id: number) => {
    const { rank, rating_count } = (await shop.call('GET', `${products}${id}/`)).body
    return [rank, rating_count]
  }

  test('only a newer one counts, in whatever order they come, each event once', async () => {
    const mug = await make(shop)
    const tell = (mean: string, count: number, version: number, id?: string) =>
      sendEvent(shop, 'rating.changed', { product_id: mug.id, mean, count, version }, id)
    const again = crypto.randomUUID()
    await tell('4.0', 1, 1, again)
    await tell('3.3', 3, 3)
    await tell('4.5', 2, 2)
    await tell('1.0', 9, 9, again)
    assert.deepEqual(await rating(mug.id), [3.3, 3])
    await tell('0.0', 0, 4)
    assert.deepEqual(await rating(mug.id), [0, 0])
  })

  test('a rating is no edit: the time of the last one stays', async () => {
    const mug = await make(shop)
    const before = (await shop.call('GET', mug.path)).body.updated_at
    await sendEvent(shop, 'rating.changed', {
      product_id: mug.id,
      mean: '5.0',
      count: 1,
      version: 1,
    })
    const after = await shop.call('GET', mug.path)
    assert.equal(after.body.updated_at, before)
    assert.notEqual(after.headers.get('etag'), mug.etag)
  })

  test('of products that are gone, and topics that mean nothing here, pass', async () => {
    const payload = { product_id: 999_999, mean: '5.0', count: 1, version: 1 }
    assert.equal((await sendEvent(shop, 'rating.changed', payload)).status, 204)
    assert.equal((await sendEvent(shop, 'user.renamed', { any: 'thing' })).status, 204)
  })

  test('from nobody else', async () => {
    const body = { id: crypto.randomUUID(), topic: 'rating.changed', at: 'now', payload: {} }
    for (const as of [undefined, 'superuser'] as const)
      assert.equal((await shop.call('POST', '/internal/v1/events/', { as, body })).status, 401)
  })
})
