import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { doors, openShop, type Shop } from '../../shared/testing/shop.ts'
import {
  etagOf,
  fieldsOf,
  make,
  makeCategory,
  makeSubcategory,
  names,
  products,
} from './product-lab.ts'
import { product } from './service.ts'

let shop: Shop
let kitchen: number
let garden: number
let cups: number
const ids: Record<string, number> = {}

before(async () => {
  shop = await openShop([product])
  kitchen = await makeCategory(shop, 'Kitchen')
  garden = await makeCategory(shop, 'Garden')
  cups = await makeSubcategory(shop, kitchen, 'Cups')
  const rows = [
    { name: 'Apron', price: '20.00', stock_count: 3, categories: [kitchen] },
    { name: 'bowl', price: '5.00', stock_count: 0, categories: [kitchen] },
    { name: 'Cup', price: '5.00', stock_count: 9, categories: [kitchen], subcategories: [cups] },
    { name: 'Dibber', price: '12.50', stock_count: 1, categories: [garden] },
    {
      name: 'Egg cup',
      price: '5.00',
      stock_count: 2,
      categories: [kitchen, garden],
      subcategories: [cups],
    },
    { name: 'Fork', price: '110.00', stock_count: 0 },
  ]
  for (const row of rows) ids[row.name] = (await make(shop, row)).id
  const { sql } = shop.db('product')
  await sql`update product_count set popularity = product_id % 3, sales_count = 10 - product_id`
  await sql`update product set rank = 4.5, rating_count = 2 where name in ('Cup', 'Fork')`
  await sql`update product set rank = 3.0, rating_count = 1 where name = 'Apron'`
  await sql`update product set created_at = '2026-01-01Z' where name in ('Fork', 'Apron')`
})
after(() => shop.close())

describe('filters narrow', () => {
  const all = ['Apron', 'bowl', 'Cup', 'Dibber', 'Egg cup', 'Fork']
  const cases: [string | (() => string), string[]][] = [
    ['', all],
    ['price__gt=12.50', ['Apron', 'Fork']],
    ['price__gte=12.5', ['Apron', 'Dibber', 'Fork']],
    ['price__lt=12.50', ['bowl', 'Cup', 'Egg cup']],
    ['price__lte=12.50', ['bowl', 'Cup', 'Dibber', 'Egg cup']],
    ['price__gt=5&price__lt=20', ['Dibber']],
    ['name=Cup', ['Cup']],
    ['name=cup', []],
    [() => `category=${kitchen}`, ['Apron', 'bowl', 'Cup', 'Egg cup']],
    [() => `category=${kitchen}&price__lte=5`, ['bowl', 'Cup', 'Egg cup']],
    [() => `category=${kitchen}&price__gt=5&price__lt=20`, []],
    [() => `category=${kitchen},${garden}&price__lte=5`, ['bowl', 'Cup', 'Egg cup']],
    [() => `subcategory=${cups}&price__gte=5`, ['Cup', 'Egg cup']],
    [() => `category=${kitchen},${garden}`, ['Apron', 'bowl', 'Cup', 'Dibber', 'Egg cup']],
    ['category=999', []],
    [() => `subcategory=${cups}`, ['Cup', 'Egg cup']],
    [() => `category=${garden}&subcategory=${cups}`, ['Egg cup']],
    ['rank__gte=3', ['Apron', 'Cup', 'Fork']],
    ['rank__gte=4.5', ['Cup', 'Fork']],
    ['in_stock=true', ['Apron', 'Cup', 'Dibber', 'Egg cup']],
    ['in_stock=false', ['bowl', 'Fork']],
    [() => `ids=${ids.Fork},${ids.Cup},999`, ['Cup', 'Fork']],
    [() => `category=${kitchen}&in_stock=true&price__lte=5`, ['Cup', 'Egg cup']],
    ['search=cup', ['Cup', 'Egg cup']],
    ['search=cup&price__gt=6', []],
    ['unknown=1&category_id=5', all],
  ]
  for (const [given, expected] of cases)
    test(typeof given === 'string' ? `"${given}"` : given.toString().slice(6), async () => {
      const query = typeof given === 'string' ? given : given()
      const reply = await shop.call('GET', `${products}?${query}`)
      assert.equal(reply.status, 200, reply.text)
      const found = reply.body.results.map(({ name }: { name: string }) => name)
      assert.deepEqual(found.sort(), [...expected].sort())
      assert.equal(reply.body.count, expected.length)
      const paged = await shop.call('GET', `${products}?${query}&limit=1`)
      assert.equal(paged.body.count, expected.length, 'count is that of all pages')
    })

  for (const door of doors)
    test(`${door}: a product in a list is the product`, async () => {
      const list = await shop.call('GET', `${products}?ids=${ids.Cup}`, { door })
      const one = await shop.call('GET', `${products}${ids.Cup}/`, { door })
      assert.deepEqual(list.body.results, [one.body])
    })
})

describe('what does not fit is refused with its field', () => {
  const wrong = [
    'price__gt=x',
    'price__gte=-1',
    'price__lt=1e400',
    'price__lte=NaN',
    'price__gt=9999999.999',
    'price__gt=',
    'category=a',
    'category=1,',
    'category=2147483648',
    'subcategory=0',
    'rank__gte=6',
    'in_stock=maybe',
    'ids=1;2',
    'ordering=password',
    'ordering=(select%201)',
    'ordering=--price',
    'limit=0',
    'limit=101',
    'offset=-1',
    'offset=1.5',
    'facets=2',
    'after=nonsense',
    'name=%00',
    `search=${'x'.repeat(201)}`,
  ]
  for (const query of wrong)
    test(query.slice(0, 40), async () => {
      const reply = await shop.call('GET', `${products}?${query}`)
      const fields = fieldsOf(reply).map((field) => field.split('.')[0])
      assert.deepEqual([reply.status, fields], [400, [query.split('=')[0]]])
    })

  test('a key that is given twice', async () => {
    const reply = await shop.call('GET', `${products}?price__gt=1&price__gt=2`)
    assert.deepEqual([reply.status, fieldsOf(reply)], [400, ['price__gt']])
  })

  test('more than 100 ids', async () => {
    const list = Array.from({ length: 101 }, (_, at) => at + 1)
    assert.equal((await shop.call('GET', `${products}?ids=${list.slice(1)}`)).status, 200)
    assert.equal((await shop.call('GET', `${products}?ids=${list}`)).status, 400)
  })
})

describe('orderings, ties always by ascending id', () => {
  const cases: [string, string[]][] = [
    ['', ['Apron', 'bowl', 'Cup', 'Dibber', 'Egg cup', 'Fork']],
    ['price', ['bowl', 'Cup', 'Egg cup', 'Dibber', 'Apron', 'Fork']],
    ['-price', ['Fork', 'Apron', 'Dibber', 'bowl', 'Cup', 'Egg cup']],
    ['name', ['Apron', 'bowl', 'Cup', 'Dibber', 'Egg cup', 'Fork']],
    ['-name', ['Fork', 'Egg cup', 'Dibber', 'Cup', 'bowl', 'Apron']],
    ['created_at', ['Apron', 'Fork', 'bowl', 'Cup', 'Dibber', 'Egg cup']],
    ['-created_at', ['Egg cup', 'Dibber', 'Cup', 'bowl', 'Apron', 'Fork']],
    ['rank', ['bowl', 'Dibber', 'Egg cup', 'Apron', 'Cup', 'Fork']],
    ['-rank', ['Cup', 'Fork', 'Apron', 'bowl', 'Dibber', 'Egg cup']],
    ['popularity', ['Cup', 'Fork', 'Apron', 'Dibber', 'bowl', 'Egg cup']],
    ['-popularity', ['bowl', 'Egg cup', 'Apron', 'Dibber', 'Cup', 'Fork']],
    ['sales_count', ['Fork', 'Egg cup', 'Dibber', 'Cup', 'bowl', 'Apron']],
    ['-sales_count', ['Apron', 'bowl', 'Cup', 'Dibber', 'Egg cup', 'Fork']],
    ['relevance', ['Apron', 'bowl', 'Cup', 'Dibber', 'Egg cup', 'Fork']],
  ]
  for (const [ordering, expected] of cases)
    test(ordering || 'none', async () => {
      const query = ordering ? `ordering=${ordering}` : ''
      assert.deepEqual(await names(shop, query), expected)
      const walked: string[] = []
      for (let at = 0; at < 6; at += 2)
        walked.push(...(await names(shop, `${query}&limit=2&offset=${at}`)))
      assert.deepEqual(walked, expected, 'by offset')
    })
})

describe('facets', () => {
  const facets = async (query: string) =>
    (await shop.call('GET', `${products}?facets=1&${query}`)).body.facets

  test('count per category and price band, for all', async () => {
    assert.deepEqual(await facets(''), {
      categories: [
        { id: kitchen, name: 'Kitchen', count: 4 },
        { id: garden, name: 'Garden', count: 2 },
      ],
      prices: [
        { min: '0.00', max: '10.00', count: 3 },
        { min: '10.00', max: '25.00', count: 2 },
        { min: '100.00', max: '250.00', count: 1 },
      ],
    })
  })

  test('and for what a filter leaves', async () => {
    assert.deepEqual(await facets(`category=${garden}&limit=1`), {
      categories: [
        { id: garden, name: 'Garden', count: 2 },
        { id: kitchen, name: 'Kitchen', count: 1 },
      ],
      prices: [
        { min: '0.00', max: '10.00', count: 1 },
        { min: '10.00', max: '25.00', count: 1 },
      ],
    })
    assert.deepEqual(await facets('search=nothing+like+it'), { categories: [], prices: [] })
  })

  test('follow every change', async () => {
    const shelf = await makeCategory(shop, 'Shelf')
    const jar = await make(shop, { name: 'Jar', price: '3000.00', categories: [shelf] })
    const of = async () => {
      const { categories, prices } = await facets('')
      return [
        categories.find(({ id }: { id: number }) => id === shelf)?.count,
        prices.find(({ min }: { min: string }) => min === '1000.00')?.count,
      ]
    }
    assert.deepEqual(await of(), [1, 1])
    await shop.call('PATCH', jar.path, { as: 'staff', body: { price: '1.00', categories: [] } })
    assert.deepEqual(await of(), [undefined, undefined])
    await shop.call('DELETE', jar.path, { as: 'staff' })
    assert.equal((await facets('')).prices[0].count, 3)
    assert.equal((await shop.call('GET', products)).body.count, 6)
    assert.equal((await shop.call('GET', `${products}?category=${shelf}`)).body.count, 0)
  })

  test('are not there unless asked for', async () => {
    const { body } = await shop.call('GET', products)
    assert.deepEqual(Object.keys(body), ['count', 'next', 'previous', 'results'])
  })
})

describe('a list as a public answer', () => {
  for (const door of doors)
    test(`${door}: has an ETag that a client can ask with`, async () => {
      const list = await shop.call('GET', products, { door })
      assert.match(list.headers.get('cache-control') ?? '', /public/)
      const headers = { 'if-none-match': `W/"other", ${etagOf(list)}` }
      const same = await shop.call('GET', products, { door, headers })
      assert.deepEqual([same.status, same.text], [304, ''])
      const head = await shop.call('HEAD', products, { door })
      assert.deepEqual([head.status, head.text, etagOf(head)], [200, '', etagOf(list)])
    })
})
