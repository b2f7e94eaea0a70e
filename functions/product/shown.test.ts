import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { until } from '../../shared/testing/until.ts'
import { make, makeCategory, makeSubcategory, products } from './product-lab.ts'
import { rateProduct } from './queries/products.ts'
import { fillShown, isAnyMissing } from './queries/shown.ts'
import { seedMany } from './seed.ts'
import { product } from './service.ts'
import { fillAllShown } from './shown.ts'

let shop: Shop
let cups: number
let small: number

before(async () => {
  shop = await openShop([product])
  cups = await makeCategory(shop, 'Cups')
  small = await makeSubcategory(shop, cups, 'Small')
})
after(() => shop.close())

/** Products whose text is not there, or is not what would be put together now; those left to be are none. */
async function wrong(): Promise<number[]> {
  const rows = await shop.db('product').sql<{ id: number }>`
    select p.id from product p
    left join product_shown s on s.product_id = p.id
    left join product_texts(array(select id from product)) t on t.product_id = p.id
    where s.product_id is null
      or (s.head is not null and (s.head, s.tail, s.etag) is distinct from (t.head, t.tail, t.etag))`
  return rows.map(({ id }) => id)
}

const rename = (kind: 'categories' | 'subcategories', id: number, name: string) =>
  shop.call('PUT', `/api/v1/${kind}/${id}/`, { as: 'staff', body: { name } })

test('a text is as its product, whatever is changed', async () => {
  const links = { categories: [cups], subcategories: [small] }
  const cup = await make(shop, { name: 'Cup "é"', price: '10.00', ...links })
  const change = (body: object) => shop.call('PATCH', cup.path, { as: 'staff', body })
  const steps: Record<string, () => Promise<unknown>> = {
    name: () => change({ name: 'Another cup' }),
    price: () => change({ price: '12.50', stock_count: 3 }),
    'no links': () => change({ categories: [], subcategories: [] }),
    links: () => change(links),
    category: () => rename('categories', cups, 'Mugs'),
    subcategory: () => rename('subcategories', small, 'Tiny'),
    rating: () => rateProduct(cup.id, { mean: '4.5', count: 2, version: 9 }),
    sold: () =>
      shop.db('product').sql`update product set stock_count = 0 where id = ${cup.id}`.run(),
  }
  let etag = ''
  for (const [what, step] of Object.entries(steps)) {
    await step()
    assert.deepEqual(await wrong(), [], what)
    assert.equal(await isAnyMissing(), false, what)
    const got = await shop.call('GET', cup.path)
    assert.notEqual(got.headers.get('etag'), etag, what)
    etag = got.headers.get('etag') ?? ''
  }
  const { body } = await shop.call('GET', cup.path)
  assert.deepEqual(body.categories, [{ id: cups, name: 'Mugs' }])
  assert.deepEqual(body.subcategories, [{ id: small, name: 'Tiny' }])
  assert.deepEqual([body.price, body.stock_count, body.rank], ['12.50', 0, 4.5])
})

test('many at once are right at once, and their texts are put together afterwards', async () => {
  await seedMany(300)
  assert.equal(await isAnyMissing(), false)
  const { body: page } = await shop.call('GET', `${products}?limit=1&ordering=-created_at`)
  const { id } = page.results[0].categories[0]
  const list = `${products}?category=${id}&limit=100&facets=0`
  const before = await shop.call('GET', list)
  await shop.db('product').sql`
    insert into product_category (product_id, category_id)
    select p.id, ${id} from product p on conflict do nothing`
  await rename('categories', id, 'Renamed')
  assert.equal(await isAnyMissing(), true)
  const unready = await shop.call('GET', list)
  assert.notEqual(unready.headers.get('etag'), before.headers.get('etag'))
  for (const it of unready.body.results)
    assert.ok(it.categories.some((one: { name: string }) => one.name === 'Renamed'))
  const [first] = unready.body.results
  const one = await shop.call('GET', `${products}${first.id}/`)
  assert.deepEqual(one.body, first)
  assert.ok((await fillAllShown()) >= 300)
  assert.deepEqual(await wrong(), [])
  const ready = await shop.call('GET', list.replace('limit=100', 'limit=99'))
  assert.deepEqual(ready.body.results, unready.body.results.slice(0, 99))
  const again = await shop.call('GET', `${products}by-slug/${first.slug}/`)
  assert.equal(again.headers.get('etag'), one.headers.get('etag'))
})

test('a text is not put together from what is just being changed', async () => {
  const { sql, pool } = shop.db('product')
  await sql`update product_shown set head = null, tail = null, etag = null`
  const other = new pg.Client(pool().options.connectionString ?? '')
  await other.connect()
  try {
    await other.query('begin')
    // Of so many that their texts, which are missing already, are left as they are.
    await other.query(`update category set name = name || '!'`)
    const filled = fillAllShown()
    const waiting = 'select from pg_locks where not granted'
    await until(async () => ((await other.query(waiting)).rowCount ?? 0) > 0)
    await other.query('commit')
    await filled
  } finally {
    await other.end()
  }
  assert.deepEqual(await wrong(), [])
})

test('writers that meet leave no text behind that is older than its product', async () => {
  const cupsOf = await Promise.all(
    Array.from({ length: 12 }, (_, at) => make(shop, { name: `Cup ${at}`, price: '1.00' })),
  )
  const { sql } = shop.db('product')
  const run = (at: number) => {
    const { path, id } = cupsOf[at % cupsOf.length] as (typeof cupsOf)[number]
    const change = (body: object) => shop.call('PATCH', path, { as: 'staff', body })
    const work: (() => Promise<unknown>)[] = [
      () => change({ price: `${at}.00`, categories: [cups], subcategories: [small] }),
      () => change({ categories: [] }),
      () => rename('categories', cups, `Cups ${at}`),
      () => rename('subcategories', small, `Small ${at}`),
      () => rateProduct(id, { mean: '3.0', count: at, version: at }),
      () =>
        sql`update product_shown set head = null, tail = null, etag = null where product_id = ${id}`.run(),
      () => fillShown(),
      () => make(shop, { name: `New ${at}`, price: '2.00', categories: [cups] }),
      () => shop.call('DELETE', path, { as: 'staff' }),
    ]
    // Deletions come last: the others are about what is there.
    return (work[at < 280 ? at % 8 : 8] as () => Promise<unknown>)()
  }
  const all = Array.from({ length: 284 }, (_, at) => at)
  const next = all[Symbol.iterator]()
  const walk = async () => {
    for (const at of next) await run(at)
  }
  await Promise.all(Array.from({ length: 8 }, walk))
  await fillAllShown()
  assert.deepEqual(await wrong(), [])
  assert.equal(await isAnyMissing(), false)
})
