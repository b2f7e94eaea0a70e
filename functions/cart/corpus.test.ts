import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { person } from '../../shared/testing/tokens.ts'
import { cart } from './service.ts'

const path = '/api/v1/cart/'
const add = `${path}add/`
let shop: Shop
let asked = 0

const stand = createServer((_request, response) => {
  asked++
  response.end(
    '{"results":[{"id":1,"version":1,"name":"P","price":"1.00","image":null,"stock_count":99}]}',
  )
})

before(async () => {
  await new Promise<void>((resolve) => stand.listen(0, '127.0.0.1', resolve))
  const { port } = stand.address() as AddressInfo
  shop = await openShop([cart], { upstreams: { product: `http://127.0.0.1:${port}` } })
})
after(async () => {
  await shop.close()
  stand.closeAllConnections()
  stand.close()
})

/** Each as JSON text, so that what JavaScript cannot say can be sent too. */
const notIds = [
  ...['0', '-1', '1.5', '"1"', 'null', 'true', '[]', '[1]', '{}', '{"$ne":1}', '""'],
  ...['2147483648', '9007199254740993', '9223372036854775808', '1e10', '1e400', '-0.0', '0.1'],
  ...['"../users/1"', '"1?x="', '"1#"', '"%2e%2e/users"', '"1/../../users"', '"1\\u0000"'],
  ...['"\\u0661"', '"\\uff11"', '"1 "', '"0x1"', '"01"', '"1;drop table cart"', '"\\ud800"'],
  ...['"http://127.0.0.1:8500/v1/agent/self"', '"//evil.example"', '"@evil.example"', '"file:///"'],
  `"${'9'.repeat(1_000)}"`,
  '9'.repeat(1_000),
]
const notQuantities = [
  ...['0', '-1', '1.5', '"1"', '1e9', 'null', '[1]', '{}', 'true', '1000', '1e400', '2147483648'],
]
const notBodies = [
  ...['', '[]', 'null', '1', '"x"', '{', '{"quantity":1}', '{"product_id":1}x', '\ufeff{}'],
  ...['user_id', 'price', 'cart_id', '__proto__', 'constructor', 'toString', 'status'].map(
    (key) => `{"product_id":1,"${key}":"1"}`,
  ),
]

const doors = ['process', 'host', 'gateway'] as const
for (const door of doors)
  test(`${door}: what is no product, quantity or body is 400 and asks nobody`, async () => {
    const as = person('corpus')
    const bodies = [
      ...notIds.map((id) => `{"product_id":${id}}`),
      ...notQuantities.map((quantity) => `{"product_id":1,"quantity":${quantity}}`),
      ...notBodies,
    ]
    for (const bytes of bodies) {
      const { status, body } = await shop.call('POST', add, { door, as, bytes })
      assert.equal(status, 400, bytes.slice(0, 100))
      assert.ok(['invalid_request', 'malformed_body'].includes(body.code))
    }
    const sets = notQuantities.filter((it) => it !== '0').map((it) => `{"quantity":${it}}`)
    for (const bytes of [...sets, '{}', '{"quantity":1,"price":"0.01"}']) {
      const { status } = await shop.call('PATCH', `${path}items/1/`, { door, as, bytes })
      assert.equal(status, 400, bytes)
    }
    assert.equal(asked, 0)
    assert.equal(({} as Record<string, unknown>).user_id, undefined)
  })

test('what is no id in a path is no path', async () => {
  const headers = { authorization: `Bearer ${shop.token('customer')}` }
  for (const id of ['0', '-1', '01', '1.5', '2147483648', '%31x', '..%2f1', '%d9%a1', 'null', '1;'])
    for (const method of ['PATCH', 'DELETE']) {
      const sent = { method, headers: { ...headers, 'content-type': 'application/json' } }
      const body = method === 'PATCH' ? { body: '{"quantity":1}' } : {}
      const url = `${shop.url('host', 'cart')}${path}items/${id}/`
      const { status } = await fetch(url, { ...sent, ...body })
      assert.ok([400, 404].includes(status), `${method} ${id}: ${status}`)
    }
  assert.equal(asked, 0)
})

test("nobody names another user's cart", async () => {
  const owner = person('owner')
  await shop.call('POST', add, { as: owner, body: { product_id: 1 } })
  const { body } = await shop.call('GET', `${path}?user_id=${owner.id}`, { as: person('thief') })
  assert.deepEqual([body.user_id, body.items], [person('thief').id, []])
  const cart = await shop.call('GET', path, { as: owner })
  const cookie = `souk_guest=${cart.body.cart_id}.${'A'.repeat(43)}`
  const guest = await shop.call('GET', path, { headers: { cookie } })
  assert.deepEqual(guest.body.items, [])
})

test('a bad Idempotency-Key is 400, another content type 415', async () => {
  const body = { product_id: 1 }
  for (const key of ['x'.repeat(256), 'a b']) {
    const { status } = await shop.call('POST', add, { body, headers: { 'idempotency-key': key } })
    assert.equal(status, 400)
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
    const { status } = await shop.call('POST', add, { body, headers: { 'content-type': type } })
    assert.equal(status, 415)
  }
})
