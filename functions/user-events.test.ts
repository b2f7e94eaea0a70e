import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { remoteKeys } from '../discovery/keys.ts'
import { useKeys } from '../shared/http/tokens.ts'
import { until } from '../shared/testing/until.ts'
import { relayEvents } from './auth/background.ts'
import { anyAddress, type House, openHouse } from './auth/testing/house.ts'
import { services } from './catalog.ts'

let house: House
const stop = new AbortController()
let relaying: Promise<void>

before(async () => {
  house = await openHouse(services.filter((it) => it.name !== 'auth'))
  relaying = relayEvents(stop.signal)
})
after(async () => {
  stop.abort()
  await relaying
  await house.shop.close()
})

async function made(path: string, as: { access: string }, body: object) {
  const reply = await house.call('POST', path, { as, body })
  assert.ok(reply.status < 300, reply.text)
  return reply.body
}

test('a new name and a deletion reach reviews and carts', async () => {
  // As another process has them: fetched from the auth service's door, by their MAC.
  useKeys(remoteKeys('review'))
  const [ada, staff] = [await house.guest(), await house.guest({ staff: true })]
  const product = await made('/api/v1/products/', staff, {
    name: 'Teapot',
    price: '12.00',
    stock_count: 5,
  })
  const review = await made('/api/v1/reviews/', ada, { product_id: product.id, rating: 5 })
  await made('/api/v1/cart/add/', ada, { product_id: product.id })
  const author = async () =>
    (await house.call('GET', `/api/v1/reviews/${review.id}/`)).body.user.username

  assert.equal(await author(), ada.username)
  const username = `${ada.username}-new`
  const body = { email: ada.email, username }
  assert.equal((await house.call('PUT', '/api/v1/users/', { as: ada, body })).status, 200)
  await until(async () => (await author()) === username)

  const gone = { as: ada, body: { current_password: ada.password }, from: anyAddress() }
  assert.equal((await house.call('DELETE', '/api/v1/users/', gone)).status, 204)
  await until(async () => (await author()) === null)
  const { sql } = house.shop.db('auth')
  await until(async () => (await sql`select 1 from souk_outbox`.run()) === 0)
  const carts = await house.shop.db('cart').sql`select 1 from cart where user_id = ${ada.id}`.run()
  assert.equal(carts, 0)
})
