import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { doors, openShop, type Shop } from '../../shared/testing/shop.ts'
import { until } from '../../shared/testing/until.ts'
import { secondProcess } from './process-lab.ts'
import { etagOf, make, makeCategory, products, sendEvent } from './product-lab.ts'
import { product } from './service.ts'
import { flushViews, keepViews } from './views.ts'

let shop: Shop
let other: Awaited<ReturnType<typeof secondProcess>>
before(async () => {
  shop = await openShop([product])
  other = await secondProcess(shop)
})
after(async () => {
  await other.stop()
  await shop.close()
})

const popularity = async (id: number) =>
  (
    await shop.db('product').sql<{ popularity: number }>`
      select popularity from product_count where product_id = ${id}`.one()
  )?.popularity
const stockIn = (text: string) => Number(/"stock_count":(\d+)/.exec(text)?.[1])
const elsewhere = (target: string) => fetch(other.url + target)

describe('a product is read by anyone', () => {
  for (const door of doors)
    test(`${door}: with its ETag, and 304 for who has it`, async () => {
      const mug = await make(shop)
      const read = await shop.call('GET', mug.path, { door })
      assert.deepEqual([read.status, etagOf(read)], [200, mug.etag])
      assert.match(read.headers.get('cache-control') ?? '', /public/)
      for (const tag of [mug.etag, `W/${mug.etag}`, '*', `"a", ${mug.etag}`]) {
        const headers = { 'if-none-match': tag }
        const same = await shop.call('GET', mug.path, { door, headers })
        assert.deepEqual([same.status, same.text, etagOf(same)], [304, '', mug.etag])
      }
      const bare = await shop.call('GET', mug.path.slice(0, -1), { door })
      assert.deepEqual(bare.body, read.body)
      const head = await shop.call('HEAD', mug.path, { door })
      assert.deepEqual([head.status, head.text, etagOf(head)], [200, '', mug.etag])
    })

  test('what is not there is not found, also when it comes later', async () => {
    const { id } = await make(shop)
    const next = `${products}${id + 1}/`
    assert.equal((await shop.call('GET', next)).status, 404)
    assert.equal((await shop.call('GET', `${products}by-slug/late/`)).status, 404)
    await make(shop, { name: 'Late' })
    assert.equal((await shop.call('GET', next)).status, 200)
    assert.equal((await shop.call('GET', `${products}by-slug/late/`)).status, 200)
    for (const wrong of ['0', '01', '2147483648', 'by-slug/Upper', 'by-slug/a--b', 'by-slug/-'])
      assert.equal((await shop.call('GET', `${products}${wrong}/`, { door: 'host' })).status, 404)
  })
})

describe('after a write has been answered no read shows the old state', () => {
  test('through this process or another, of the product or any list of it', async () => {
    const category = await makeCategory(shop, 'Truth')
    const mug = await make(shop, { name: 'True mug', categories: [category] })
    const targets = [
      mug.path,
      `${products}by-slug/${mug.slug}/`,
      `${products}?category=${category}`,
      `${products}?ids=${mug.id}`,
      `${products}?search=true+mug`,
    ]
    const stocks = async (read: (target: string) => Promise<string>) =>
      Promise.all(targets.map(async (target) => stockIn(await read(target))))
    const here = (target: string) =>
      shop.call('GET', target, { door: 'host' }).then((it) => it.text)
    const there = (target: string) => elsewhere(target).then((it) => it.text())
    for (let stock = 1; stock <= 25; stock++) {
      const writer = stock % 2 ? 'host' : 'process'
      const body = { stock_count: stock }
      const written = await shop.call('PATCH', mug.path, { door: writer, as: 'staff', body })
      assert.equal(written.status, 200)
      const expected = targets.map(() => stock)
      assert.deepEqual(await stocks(there), expected, `write ${stock} elsewhere`)
      assert.deepEqual(await stocks(here), expected, `write ${stock} here`)
    }
    await shop.call('DELETE', mug.path, { as: 'staff' })
    assert.equal((await elsewhere(mug.path)).status, 404)
    const list = await (await elsewhere(`${products}?category=${category}`)).text()
    assert.match(list, /^\{"count":0,/)
  })

  test('for readers that never stop while one writes', async () => {
    const mug = await make(shop)
    let acknowledged = 0
    let isWriting = true
    let reads = 0
    const reader = async (read: () => Promise<string>) => {
      while (isWriting) {
        const least = acknowledged
        const stock = stockIn(await read())
        assert.ok(stock >= least, `${stock} read after ${least} was answered`)
        reads++
      }
    }
    const readers = Promise.all([
      ...Array.from({ length: 4 }, () =>
        reader(() => shop.call('GET', mug.path, { door: 'host' }).then((it) => it.text)),
      ),
      ...Array.from({ length: 4 }, () => reader(() => elsewhere(mug.path).then((it) => it.text()))),
    ])
    for (let stock = 1; stock <= 60; stock++) {
      await shop.call('PATCH', mug.path, { as: 'staff', body: { stock_count: stock } })
      acknowledged = stock
    }
    isWriting = false
    await readers
    assert.ok(reads > 100, `${reads} reads`)
  })

  test('also of a rating that the review service tells', async () => {
    const mug = await make(shop)
    await elsewhere(mug.path)
    await shop.call('GET', mug.path)
    const payload = { product_id: mug.id, mean: '4.3', count: 7, version: 1 }
    assert.equal((await sendEvent(shop, 'rating.changed', payload)).status, 204)
    for (const body of [
      (await shop.call('GET', mug.path)).body,
      await (await elsewhere(mug.path)).json(),
    ])
      assert.deepEqual([body.rank, body.rating_count], [4.3, 7])
  })
})

describe('views are counted', () => {
  for (const door of doors)
    test(`${door}: hits of the cache, 304 and reads by slug too, HEAD and lists not`, async () => {
      const mug = await make(shop, { name: `Seen by ${door}` })
      for (let at = 0; at < 5; at++) await shop.call('GET', mug.path, { door })
      await shop.call('GET', mug.path, { door, headers: { 'if-none-match': mug.etag } })
      await shop.call('GET', `${products}by-slug/${mug.slug}/`, { door })
      await shop.call('HEAD', mug.path, { door })
      await shop.call('GET', `${products}?ids=${mug.id}`, { door })
      await shop.call('GET', `${products}${mug.id + 1000}/`, { door })
      await flushViews()
      assert.equal(await popularity(mug.id), 7)
      const read = await shop.call('GET', mug.path, { door })
      assert.equal(etagOf(read), mug.etag, 'they make no new version')
    })

  test('also under a former slug, and a numeric one is no id', async () => {
    const mug = await make(shop, { name: 'First name' })
    await shop.call('PATCH', mug.path, { as: 'staff', body: { name: '77' } })
    await shop.call('GET', `${products}by-slug/first-name/`)
    await shop.call('GET', `${products}by-slug/77/`)
    await flushViews()
    assert.equal(await popularity(mug.id), 2)
  })

  test('without a write for each', async () => {
    const mug = await make(shop)
    const { sql } = shop.db('product')
    const row = () =>
      sql<{ place: string }>`
        select ctid::text as place from product_count where product_id = ${mug.id}`.one()
    const before = await row()
    await Promise.all(
      Array.from({ length: 50 }, () => shop.call('GET', mug.path, { door: 'host' })),
    )
    assert.deepEqual(await row(), before)
    await flushViews()
    assert.equal(await popularity(mug.id), 50)
  })

  test('every few seconds by every process, and when it ends', async () => {
    const mug = await make(shop)
    for (let at = 0; at < 3; at++) await elsewhere(mug.path)
    await until(async () => (await popularity(mug.id)) === 3, 10)
    const leaving = new AbortController()
    const kept = keepViews(leaving.signal)
    await shop.call('GET', mug.path)
    leaving.abort()
    await kept
    assert.equal(await popularity(mug.id), 4)
  })

  test('those that cannot be written wait', async () => {
    const mug = await make(shop)
    await flushViews()
    const { sql } = shop.db('product')
    await sql`alter table product_count rename to product_count_away`
    await shop.call('GET', mug.path, { door: 'host' })
    await sql`alter table product_count_away rename to product_count`
    await shop.call('GET', mug.path, { door: 'host' })
    await sql`alter table product_count rename to product_count_away`
    await assert.rejects(flushViews())
    await sql`alter table product_count_away rename to product_count`
    await flushViews()
    assert.equal(await popularity(mug.id), 1)
  })
})
