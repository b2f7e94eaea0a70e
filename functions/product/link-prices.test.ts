import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { until } from '../../shared/testing/until.ts'
import { make, makeCategory, makeSubcategory, products } from './product-lab.ts'
import { product } from './service.ts'

let shop: Shop
let jars: number
let large: number

before(async () => {
  shop = await openShop([product])
  jars = await makeCategory(shop, 'Jars')
  large = await makeSubcategory(shop, jars, 'Large')
})
after(() => shop.close())

/** Links whose price is not their product's. */
async function wrong(): Promise<number> {
  return shop.db('product').sql`
    select from product p
    join (select product_id, price from product_category
          union all select product_id, price from product_subcategory) l on l.product_id = p.id
    where l.price <> p.price`.run()
}

const counted = async (query: string) => (await shop.call('GET', `${products}?${query}`)).body.count

test('what a category has in a price range follows the price', async () => {
  const links = { categories: [jars], subcategories: [large] }
  const jar = await make(shop, { name: 'Jar', price: '10.00', ...links })
  const all = [`category=${jars}&price__lte=10`, `subcategory=${large}&price__lte=10`]
  assert.deepEqual(await Promise.all(all.map(counted)), [1, 1])
  await shop.call('PATCH', jar.path, { as: 'staff', body: { price: '10.01' } })
  assert.deepEqual(await Promise.all(all.map(counted)), [0, 0])
  await shop.call('PATCH', jar.path, { as: 'staff', body: { price: '3.00', categories: [] } })
  await shop.call('PATCH', jar.path, { as: 'staff', body: links })
  assert.deepEqual(await Promise.all(all.map(counted)), [1, 1])
  const { sql } = shop.db('product')
  await sql`update product set price = price * 2 where id = ${jar.id}`
  assert.equal(await wrong(), 0)
})

test('a link that is made while the price changes has the new one', async () => {
  const { id } = await make(shop, { name: 'Lid', price: '1.00' })
  const { sql } = shop.db('product')
  const other = new pg.Client(shop.db('product').pool().options.connectionString ?? '')
  await other.connect()
  await other.query('begin')
  await other.query('update product set price = 2 where id = $1', [id])
  const linked = sql`
    insert into product_category (product_id, category_id) values (${id}, ${jars})`.run()
  const waits = `select from pg_locks where not granted`
  await until(async () => ((await other.query(waits)).rowCount ?? 0) > 0)
  await other.query('commit')
  await linked
  await other.end()
  assert.equal(await wrong(), 0)
})
