import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type House, openHouse } from '../functions/auth/testing/house.ts'
import { product } from '../functions/product/service.ts'
import { type TestDatabase, testDatabase } from '../shared/testing/database.ts'
import { type Fault, type FaultProxy, faultProxy } from '../shared/testing/fault-proxy.ts'
import { amount, badOnes, lasts, measured } from '../shared/testing/proof.ts'
import { type ServiceProcess, startService } from './lab/processes.ts'
import { startReads } from './lab/reads.ts'

const MS = amount(40_000, 3_000)
const faults: Fault[] = [
  { kind: 'refuse' },
  { kind: 'freeze' },
  { kind: 'reset' },
  { kind: 'junk' },
]

let house: House
let proxy: FaultProxy
let databases: TestDatabase[]
let processes: ServiceProcess[]
let productId: number

before(async () => {
  house = await openHouse([product])
  proxy = await faultProxy(house.shop.url('host', 'auth'))
  databases = [await testDatabase('cart'), await testDatabase('review')]
  const environment = {
    DATABASE_URL_CART: databases[0]?.url ?? '',
    DATABASE_URL_REVIEW: databases[1]?.url ?? '',
    SERVICE_PRODUCT_URL: house.shop.url('host', 'product'),
    SERVICE_AUTH_URL: proxy.url,
    LOGGING_LVL: 'ERROR',
  }
  processes = [await startService('cart', environment), await startService('review', environment)]
  const staff = await house.guest({ staff: true })
  const body = { name: 'Pot', price: '2.00', stock_count: 100_000 }
  productId = (await house.call('POST', '/api/v1/products/', { as: staff, body })).body.id
})
after(async () => {
  await Promise.all(processes.map((it) => it.stop()))
  await proxy.close()
  await house.shop.close()
  await Promise.all(databases.map((it) => it.drop()))
})

test('the auth service away, frozen, resetting, talking junk: live tokens serve everywhere else', async (t) => {
  const [cart, review] = processes.map((it) => it.url)
  const people = await Promise.all(Array.from({ length: 20 }, () => house.guest()))
  const headers = (at: number) => ({
    authorization: `Bearer ${people[at % people.length]?.access}`,
    'content-type': 'application/json',
  })
  // Keys are fetched with the first call, and kept.
  for (const url of [cart, review])
    await fetch(`${url}/api/v1/${url === cart ? 'cart/' : 'reviews/mine/'}`, {
      headers: headers(0),
    })
  const calls = startReads(amount(100, 20), (at) => {
    const own = { headers: headers(at) }
    if (at % 4 === 0) return { url: cart ?? '', path: '/api/v1/cart/', ...own }
    if (at % 4 === 1) return { url: review ?? '', path: '/api/v1/reviews/mine/', ...own }
    if (at % 4 === 2) return { url: review ?? '', path: `/api/v1/reviews/${productId}/` }
    const body = JSON.stringify({ product_id: productId })
    return { url: cart ?? '', path: '/api/v1/cart/add/', method: 'POST', ...own, body }
  })
  for (const fault of faults) {
    await proxy.set(fault)
    // A token of a key that nobody knows makes services ask for keys, and must not hold others up.
    await Promise.all(
      [cart, review].map(async (url) => {
        const [head = '', ...rest] = (people[0]?.access ?? '').split('.')
        const other = JSON.parse(Buffer.from(head, 'base64url').toString())
        const forged = Buffer.from(JSON.stringify({ ...other, kid: 'unknown' })).toString(
          'base64url',
        )
        const authorization = `Bearer ${[forged, ...rest].join('.')}`
        const path = url === cart ? 'cart/' : 'reviews/mine/'
        const { status } = await fetch(`${url}/api/v1/${path}`, { headers: { authorization } })
        assert.equal(status, 401)
      }),
    )
    await lasts(MS / faults.length)
  }
  await proxy.set({ kind: 'none' })
  await calls.stop()
  const bad = badOnes(calls.answers)
  assert.deepEqual(bad.slice(0, 3), [], `${bad.length} of ${calls.answers.length}`)
  assert.deepEqual(
    processes.flatMap((it) => it.deaths),
    [],
  )
  measured(t, `${bad.length} of ${calls.answers.length} answers bad in ${MS / 1000} s without auth`)
})
