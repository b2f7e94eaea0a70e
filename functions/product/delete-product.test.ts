import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { doors, openShop, type Shop } from '../../shared/testing/shop.ts'
import { until } from '../../shared/testing/until.ts'
import { make, makeCategory, makeSubcategory, products } from './product-lab.ts'
import { product } from './service.ts'

type Told = { to: string; id: string; topic: string; payload: Record<string, unknown> }

let shop: Shop
let isDown = false
const told: Told[] = []
const listeners = ['cart', 'review'].map((to) => ({
  to,
  server: createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (isDown) return void response.writeHead(503).end()
    told.push({ to, ...JSON.parse(Buffer.concat(chunks).toString()) })
    response.writeHead(204).end()
  }),
}))
const leaving = new AbortController()
let background: Promise<void>[] = []

before(async () => {
  const upstreams: Record<string, string> = {}
  for (const { to, server } of listeners) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    upstreams[to] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  shop = await openShop([product], { upstreams })
  background = (product.background ?? []).map((work) => work(leaving.signal))
})
after(async () => {
  leaving.abort()
  await Promise.all(background)
  for (const { server } of listeners) {
    server.closeAllConnections()
    server.close()
  }
  await shop.close()
})

const eventsOf = (id: number) =>
  told.filter(({ payload }) => payload.product_id === id).map(({ to, topic }) => `${to} ${topic}`)

describe('a product is taken out of the shop', () => {
  for (const door of doors)
    test(`${door}: and is nowhere any more`, async () => {
      const category = await makeCategory(shop, `Gone ${door}`)
      const sub = await makeSubcategory(shop, category, 'Gone')
      const mug = await make(shop, { name: 'Goner', categories: [category], subcategories: [sub] })
      await shop.call('GET', mug.path, { door })
      const gone = await shop.call('DELETE', mug.path, { door, as: 'staff' })
      assert.deepEqual([gone.status, gone.text], [204, ''])
      for (const target of [mug.path, `${products}by-slug/${mug.slug}/`])
        assert.equal((await shop.call('GET', target, { door })).status, 404)
      for (const query of [
        `category=${category}`,
        `subcategory=${sub}`,
        'search=goner',
        `ids=${mug.id}`,
      ]) {
        const list = await shop.call('GET', `${products}?${query}`, { door })
        assert.deepEqual([list.body.count, list.body.results], [0, []])
      }
      assert.equal((await shop.call('DELETE', mug.path, { door, as: 'staff' })).status, 404)
    })

  test('by one of 10 at once', async () => {
    const mug = await make(shop)
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => shop.call('DELETE', mug.path, { as: 'staff' })),
    )
    const statuses = replies.map(({ status }) => status).sort()
    assert.deepEqual(statuses, [204, ...Array(9).fill(404)])
    await until(() => eventsOf(mug.id).length === 2)
  })
})

describe('cart and review are told', () => {
  test('what they show of a product when it changes, and nothing else', async () => {
    const mug = await make(shop)
    const change = async (body: unknown) =>
      assert.equal((await shop.call('PATCH', mug.path, { as: 'staff', body })).status, 200)
    await change({ description: 'Not shown there' })
    await change({ barcode: '96385074' })
    await change({ price: '9.50' })
    for (const body of [{ name: 'Other' }, { price: '1.50' }, { stock_count: 4 }])
      await change(body)
    await until(() => eventsOf(mug.id).length === 6)
    const last = told.filter(
      ({ payload }) => payload.product_id === mug.id && payload.stock_count === 4,
    )
    assert.deepEqual(
      last
        .map(({ to, topic, payload }) => ({ to, topic, payload }))
        .sort((a, b) => (a.to < b.to ? -1 : 1)),
      ['cart', 'review'].map((to) => ({
        to,
        topic: 'product.changed',
        payload: {
          product_id: mug.id,
          version: 6,
          name: 'Other',
          price: '1.50',
          image: null,
          stock_count: 4,
        },
      })),
    )
    await shop.call('DELETE', mug.path, { as: 'staff' })
    await until(() => eventsOf(mug.id).length === 8)
    const end = told.filter(
      ({ topic, payload }) => topic === 'product.deleted' && payload.product_id === mug.id,
    )
    for (const { payload } of end) assert.deepEqual(payload, { product_id: mug.id, version: 7 })
  })

  test('also when they were down at the time, each once', async () => {
    const mug = await make(shop)
    isDown = true
    await shop.call('DELETE', mug.path, { as: 'staff' })
    assert.deepEqual(eventsOf(mug.id), [])
    isDown = false
    await until(() => eventsOf(mug.id).length === 2, 20)
    assert.deepEqual(eventsOf(mug.id).sort(), ['cart product.deleted', 'review product.deleted'])
    const { sql } = shop.db('product')
    await until(async () => (await sql`select id from souk_outbox`).length === 0)
  })

  test('nothing of what was refused', async () => {
    const mug = await make(shop)
    const headers = { 'if-match': '"stale"' }
    const body = { price: '0.01' }
    await shop.call('PATCH', mug.path, { as: 'staff', body, headers })
    await shop.call('DELETE', mug.path, { as: 'customer' })
    assert.equal(
      (
        await shop.db('product').sql`
      select id from souk_outbox where key = ${String(mug.id)}`
      ).length,
      0,
    )
    assert.deepEqual(eventsOf(mug.id), [])
  })
})
