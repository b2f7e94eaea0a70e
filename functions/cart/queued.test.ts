import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { allowing } from '../../shared/testing/until.ts'
import { product } from '../product/service.ts'
import { guestOf, makeProduct } from './cart-lab.ts'
import { cart } from './service.ts'

const add = '/api/v1/cart/add/'
let shop: Shop

before(async () => {
  shop = await openShop([product, cart])
})
after(() => shop.close())

for (const door of ['process', 'host'] as const)
  test(`${door}: adds whose turn does not come are told so in three seconds, and were not done`, async () => {
    const body = { product_id: await makeProduct(shop) }
    const first = await shop.call('POST', add, { body })
    const cookie = guestOf(first) ?? ''
    const holder = await shop.db('cart').pool().connect()
    await holder.query('begin')
    await holder.query('select 1 from cart where id = $1 for update', [first.body.cart_id])
    const began = performance.now()
    const replies = await Promise.all(
      Array.from({ length: 40 }, () => {
        const headers = { cookie, 'idempotency-key': randomUUID() }
        return shop.call('POST', add, { door, body, headers })
      }),
    )
    const ms = performance.now() - began
    await holder.query('rollback')
    holder.release()
    const statuses = replies.map((it) => it.status)
    assert.deepEqual([...new Set(statuses)].sort(), [409, 503])
    const refused = replies.filter((it) => it.status === 503)
    assert.ok(refused.length >= 30, `${statuses}`)
    assert.ok(refused.every((it) => it.headers.get('retry-after') === '1'))
    assert.ok(ms < allowing(3_300), `${ms} ms`)
    const again = await shop.call('POST', add, { door, body, headers: { cookie } })
    assert.equal(again.body.item_count, 2)
  })
