import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { demoCatalogue } from './demo/demo.ts'
import { products } from './product-lab.ts'
import { freeSlugs } from './queries/seeding.ts'
import { seedDemo, seedMany } from './seed.ts'
import { product } from './service.ts'

let shop: Shop
before(async () => {
  shop = await openShop([product])
})
after(() => shop.close())

describe('the demo shop', () => {
  test('has the catalogue in its order, with three views of each product', async () => {
    const heard: number[] = []
    const seeded = await seedDemo((done, all) => heard.push(done / all))
    const { products: wanted, categories } = demoCatalogue()
    assert.deepEqual(
      seeded.map(({ name, price, stock_count }) => [name, price, stock_count]),
      wanted.map(({ name, price, stock }) => [name, price, stock]),
    )
    assert.deepEqual([heard.at(-1), heard.toSorted((a, b) => a - b)], [1, heard])
    const { body } = await shop.call('GET', `${products}${seeded[0]?.id}/`)
    const { barcode, category, subcategories, views, sales, created } = wanted[0] ?? assert.fail()
    assert.deepEqual(
      [body.barcode, body.popularity, body.sales_count, Date.parse(body.created_at)],
      [barcode, views, sales, Date.parse(created)],
    )
    const names = (list: { name: string }[]) => list.map(({ name }) => name)
    assert.deepEqual(
      [names(body.categories), names(body.subcategories)],
      [[category], subcategories],
    )
    const tree = await shop.call('GET', '/api/v1/categories/')
    assert.deepEqual(names(tree.body.results), names(categories))
    for (const view of ['front', 'detail', 'pair']) {
      const path = body.image.replace('-front', `-${view}`)
      const drawn = await shop.call('GET', path, { door: 'gateway' })
      assert.deepEqual([drawn.status, drawn.headers.get('content-type')], [200, 'image/svg+xml'])
      assert.match(
        drawn.headers.get('content-security-policy') ?? '',
        /sandbox; default-src 'none'/,
      )
      assert.match(drawn.text, /^<svg/)
    }
  })

  test('can be seeded again: what is there stays as it is', async () => {
    const before = (await shop.call('GET', `${products}?limit=100`)).body
    const { id } = before.results[0]
    const changed = { as: 'superuser', body: { price: '1.00' } } as const
    assert.equal((await shop.call('PATCH', `${products}${id}/`, changed)).status, 200)
    const again = await seedDemo()
    assert.equal(again.find((it) => it.id === id)?.price, '1.00')
    assert.equal((await shop.call('GET', products)).body.count, before.count)
  })

  test('is found by who mistypes', async () => {
    const { body } = await shop.call('GET', `${products}?search=wireles+headfones`)
    assert.equal(body.results[0].name, 'Aria wireless headphones')
  })
})

test('each of a lot gets a free slug, also of one name', async () => {
  const wanted = ['aria-wireless-headphones', 'new-one', 'new-one', 'new-one-2', 'new-one']
  assert.deepEqual(await freeSlugs(wanted), [
    'aria-wireless-headphones-2',
    'new-one',
    'new-one-3',
    'new-one-2',
    'new-one-4',
  ])
})

test('that many more come, each with a slug of its own, and the totals know', async () => {
  const before = (await shop.call('GET', products)).body.count
  const heard: number[] = []
  await seedMany(1500, (done) => heard.push(done))
  await seedMany(500)
  assert.deepEqual(heard, [1000, 1500])
  const { sql } = shop.db('product')
  const list = await shop.call('GET', `${products}?facets=1`)
  assert.equal(list.body.count, before + 2000)
  const [real] = await sql<{ all: number; slugs: number; links: number }>`
    select count(*) as all, count(distinct slug) as slugs,
      (select count(distinct product_id) from product_category) as links from product`
  assert.deepEqual(real, { all: before + 2000, slugs: before + 2000, links: before + 2000 })
  const kept = await sql`
    select kind, id, count from product_total where count > 0 and kind <> 'band' order by kind, id`
  const counted = await sql`
    select 'all' as kind, 0 as id, count(*) as count from product
    union all select 'category', category_id, count(*) from product_category group by category_id
    union all select 'subcategory', subcategory_id, count(*) from product_subcategory group by 2
    order by kind, id`
  assert.deepEqual(kept, counted)
})
