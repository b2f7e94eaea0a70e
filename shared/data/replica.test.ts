import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { product } from '../../functions/product/service.ts'
import { type FaultProxy, faultProxy } from '../testing/fault-proxy.ts'
import { amount, measured } from '../testing/proof.ts'
import { startReplica, type TestReplica } from '../testing/replica.ts'
import { openShop, type Shop } from '../testing/shop.ts'
import { allowing, until } from '../testing/until.ts'
import { responses } from './cache.ts'
import { type EmbeddedPostgres, startPostgres } from './embedded.ts'

const LAG_SECONDS = 2

let primary: EmbeddedPostgres
let replica: TestReplica
let way: FaultProxy
let shop: Shop

before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'souk-primary-'))
  primary = await startPostgres({ directory, temporary: true })
  const admin = primary.url('postgres')
  replica = await startReplica(admin, LAG_SECONDS)
  const own = new URL(replica.url('postgres'))
  way = await faultProxy(`http://${own.host}`)
  own.host = new URL(way.url).host
  // The tests' database is on these two, whatever others share.
  delete process.env.SOUK_TEST_POOLER
  // Redis would answer in the replica's place.
  delete process.env.REDIS_URL
  Object.assign(process.env, { SOUK_TEST_POSTGRES: admin, SOUK_TEST_REPLICA: own.href })
  shop = await openShop([product])
})
after(async () => {
  await shop.close()
  await way.close()
  await replica.stop()
  await primary.stop()
})

const stats = () => responses('product').stats()

async function make(name: string): Promise<string> {
  const body = { name, price: '1.00' }
  const made = await shop.call('POST', '/api/v1/products/', { as: 'staff', body })
  assert.equal(made.status, 201)
  return `/api/v1/products/${made.body.id}/`
}

/** Reads until the replica has given the answer; each read before that was the primary's. */
async function fromReplica(path: string): Promise<void> {
  const before = stats().replica
  await until(async () => {
    responses('product').clear()
    assert.equal((await shop.call('GET', path)).status, 200)
    return stats().replica > before
  }, 30)
}

test('a writer reads its own writes, each of them, from a replica two seconds behind', async (t) => {
  const path = await make('Written often')
  const times = amount(1000)
  let own = 0
  for (let n = 1; n <= times; n++) {
    const price = `${n}.50`
    const changed = await shop.call('PATCH', path, { as: 'staff', body: { price } })
    assert.equal(changed.status, 200)
    const seen = await shop.call('GET', path)
    if (seen.body.price === price) own++
  }
  assert.equal(own, times)
  measured(t, `${own} of ${times} own writes read, replica ${LAG_SECONDS} s behind`)
})

test('what the replica has seen is read there, pages and details', async () => {
  const path = await make('Written once')
  await fromReplica(path)
  await fromReplica('/api/v1/products/?facets=true')
  await fromReplica('/api/v1/categories/')
  responses('product').clear()
  const missing = await shop.call('GET', '/api/v1/products/999999999/')
  assert.equal(missing.status, 404)
})

test('another’s write is seen as well, by whoever reads after it', async () => {
  const path = await make('Read by all')
  await fromReplica(path)
  await shop.db('product').sql`update product set price = 77 where name = 'Read by all'`.run()
  const seen = await shop.call('GET', path)
  assert.equal(seen.body.price, '77.00')
})

for (const kind of ['refuse', 'reset', 'freeze'] as const)
  test(`a replica that is away (${kind}) costs a moment, and is used again when it is back`, async () => {
    const path = await make(`While away: ${kind}`)
    await fromReplica(path)
    await way.set({ kind })
    try {
      const began = performance.now()
      for (let n = 0; n < 100; n++) {
        responses('product').clear()
        const read = performance.now()
        assert.equal((await shop.call('GET', path)).status, 200)
        assert.ok(performance.now() - read < allowing(1700), 'one read waits for the replica')
      }
      assert.ok(performance.now() - began < allowing(5000), 'and not all of them')
    } finally {
      await way.set({ kind: 'none' })
    }
    await fromReplica(path)
  })
