import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { schemaFolders } from '../../shared/data/migrate.ts'
import { type TestDatabase, testDatabase } from '../../shared/testing/database.ts'
import { amount, lasts, measured, randomOf, seedOf } from '../../shared/testing/proof.ts'
import { freePorts, openShop, type Shop } from '../../shared/testing/shop.ts'
import { consumerTables, crash, type Role, startLab } from './rating-lab.ts'
import { recount } from './recount.ts'
import { customer, definite, eventually } from './review-lab.ts'
import { review } from './service.ts'

const path = '/api/v1/reviews/'
const operations = amount(5_000, 600)
const leastKills = amount(200, 10)

describe('while relay and consumer are killed at random', () => {
  const workers = 20
  const users = 60
  const products = 12
  const children = new Map<Role, ChildProcess>()
  let shop: Shop
  let consumer: TestDatabase
  let start: Record<Role, () => Promise<ChildProcess>>

  before(async () => {
    const [port = 0] = await freePorts(1)
    shop = await openShop([review], { upstreams: { product: `http://127.0.0.1:${port}` } })
    consumer = await testDatabase('consumer', schemaFolders('review').slice(0, 1))
    await consumer.db.pool().query(consumerTables)
    const { connectionString = '' } = shop.db('review').pool().options
    start = {
      relay: () => startLab('relay', connectionString),
      consumer: () => startLab('consumer', consumer.url, String(port)),
    }
    await shop.db('review').sql`
      insert into known_product select n, 1, 'P' || n from generate_series(1, ${products}) n`
  })
  after(async () => {
    for (const child of children.values()) await crash(child)
    await shop.close()
    await consumer.drop()
  })

  test(`${operations} creates, changes, deletes and hidings by ${workers} workers add up`, async (t) => {
    const random = randomOf(seedOf(t))
    for (const role of ['relay', 'consumer'] as const) children.set(role, await start[role]())
    let isOver = false
    let kills = 0
    const killer = async () => {
      while (!isOver) {
        const role = random() < 0.5 ? 'relay' : 'consumer'
        const child = children.get(role)
        await new Promise((resolve) => setTimeout(resolve, random() * 300))
        if (child) await crash(child)
        kills++
        children.set(role, await start[role]())
      }
    }
    const killing = killer()
    let left = operations
    const done: Record<string, number> = {}
    const worker = async () => {
      while (left-- > 0 || kills < leastKills) {
        // Beyond the operations wanted there is load for the kills still due, at an easy pace.
        if (left < 0) await lasts(100)
        const [what, status] = await operate(random)
        done[`${what} ${status}`] = (done[`${what} ${status}`] ?? 0) + 1
      }
    }
    try {
      await Promise.all(Array.from({ length: workers }, worker))
    } finally {
      isOver = true
      await killing
    }
    const began = performance.now()
    await eventually('the outbox is empty', async () => {
      const rows = await shop.db('review').sql`select from souk_outbox`
      return rows.length === 0
    })
    const truth = await counted()
    assert.deepEqual(await ranks(), truth)
    measured(
      t,
      `${kills} kills; ${JSON.stringify(done)}; equal after ${Math.round(performance.now() - began)} ms`,
    )
    assert.deepEqual(await recount({ repair: false }), [])
    const twice = await consumer.db.sql`
      select event_id from applied group by event_id having count(*) > 1`
    assert.deepEqual(twice, [])
    assert.ok(truth.length > 0 && kills >= leastKills)
    const bad = Object.keys(done).filter((it) => !/ (200|201|204|404|409|503)$/.test(it))
    assert.deepEqual(bad, [])
  })

  test('a relay that dies with an event in its hands delays it by no more than its start', async () => {
    const { sql } = shop.db('review')
    children.get('consumer')?.kill('SIGSTOP')
    const body = { product_id: 1, rating: 3 }
    const made = await shop.call('POST', path, { as: customer('last'), body })
    assert.equal(made.status, 201)
    const claimed = async () => (await sql`select from souk_outbox where due_at > now()`).length > 0
    await eventually('the relay takes the event', claimed)
    const relay = children.get('relay')
    if (relay) await crash(relay)
    children.get('consumer')?.kill('SIGCONT')
    children.set('relay', await start.relay())
    const truth = await counted()
    await eventually('all is told', async () => isDeepStrictEqual(await ranks(), truth))
  })

  async function operate(random: () => number): Promise<[string, number]> {
    const as = customer(Math.floor(random() * users))
    const product_id = 1 + Math.floor(random() ** 2 * products)
    const rating = 1 + Math.floor(random() * 5)
    const dice = random()
    if (dice < 0.5) {
      const reply = await shop.call('POST', path, { as, body: { product_id, rating } })
      return ['create', reply.status]
    }
    const mine = `${path}mine/?product_id=${product_id}`
    const own = await definite(() => shop.call('GET', mine, { as }))
    const target = `${path}${own.body.results[0]?.id ?? '0192aaaa-0000-7000-8000-000000000000'}/`
    if (dice < 0.75)
      return ['change', (await shop.call('PUT', target, { as, body: { rating } })).status]
    if (dice < 0.92) return ['delete', (await shop.call('DELETE', target, { as })).status]
    const body = random() < 0.5 ? { action: 'hide', reason: 'x' } : { action: 'restore' }
    return ['moderate', (await shop.call('POST', target, { as: 'staff', body })).status]
  }

  const counted = () => shop.db('review').sql`
    select k.product_id, count(r.id)::int as count,
      coalesce(round(avg(r.rating), 1), 0.0)::text as mean
    from rating k
    left join review r on r.product_id = k.product_id and r.hidden_at is null
    group by k.product_id order by k.product_id`

  const ranks = () => consumer.db.sql`
    select product_id, count, mean from rank order by product_id`
})
