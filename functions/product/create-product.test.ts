import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { doors, openShop, type Shop } from '../../shared/testing/shop.ts'
import { etagOf, fieldsOf, makeCategory, makeSubcategory, products } from './product-lab.ts'
import { product } from './service.ts'

let shop: Shop
before(async () => {
  shop = await openShop([product])
})
after(() => shop.close())

const whole = { name: 'Bright lamp', description: 'It shines.', price: '24.90', stock_count: 7 }
const post = (body: unknown, more = {}) =>
  shop.call('POST', products, { as: 'staff', body, ...more })
const countOf = async () => (await shop.call('GET', products)).body.count

describe('staff put products into the shop', () => {
  for (const door of doors)
    test(`${door}: as JSON, and it is read back as it was answered`, async () => {
      const category = await makeCategory(shop, `Lamps ${door}`)
      const sub = await makeSubcategory(shop, category, 'Desk lamps')
      const body = {
        ...whole,
        name: `Lamp by ${door}`,
        barcode: '4006381333931',
        categories: [category, category],
        subcategories: [sub],
      }
      const made = await post(body, { door })
      assert.equal(made.status, 201, made.text)
      const { id, created_at, updated_at, ...rest } = made.body
      assert.deepEqual(rest, {
        name: `Lamp by ${door}`,
        slug: `lamp-by-${door}`,
        description: 'It shines.',
        price: '24.90',
        image: null,
        stock_count: 7,
        popularity: 0,
        sales_count: 0,
        rank: 0,
        rating_count: 0,
        barcode: '4006381333931',
        user_id: shop.user('staff').id,
        categories: [{ id: category, name: `Lamps ${door}` }],
        subcategories: [{ id: sub, name: 'Desk lamps' }],
      })
      assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      assert.equal(updated_at, created_at)
      assert.equal(etagOf(made), `"${id}-1"`)
      assert.equal(made.headers.get('location'), `${products}${id}/`)
      const read = await shop.call('GET', `${products}${id}/`, { door })
      assert.deepEqual(read.body, made.body)
      assert.equal(etagOf(read), etagOf(made))
      const slug = await shop.call('GET', `${products}by-slug/lamp-by-${door}/`, { door })
      assert.deepEqual(slug.body, made.body)
    })

  for (const door of doors)
    test(`${door}: as a form without a picture`, async () => {
      const category = await makeCategory(shop, `Forms ${door}`)
      const form = new FormData()
      form.set('name', 'Formed')
      form.set('price', '3.00')
      form.set('stock_count', '12')
      form.set('categories', `${category},${category}`)
      const made = await shop.call('POST', products, { door, as: 'staff', form })
      assert.equal(made.status, 201, made.text)
      assert.deepEqual([made.body.stock_count, made.body.categories.length], [12, 1])
    })

  test('nobody else does', async () => {
    const before = await countOf()
    assert.equal((await post(whole, { as: undefined })).status, 401)
    assert.equal((await post(whole, { as: 'customer' })).status, 403)
    assert.equal(await countOf(), before)
  })

  test('least there must be: name and price', async () => {
    const made = await post({ name: 'Least', price: '0.00' })
    assert.deepEqual([made.status, made.body.stock_count, made.body.description], [201, 0, ''])
    const none = await post({})
    assert.deepEqual([none.status, fieldsOf(none).sort()], [400, ['name', 'price']])
  })

  test('text is kept as it is, also if it looks like markup or SQL', async () => {
    const name = `<script>alert(1)</script> '; drop table product; -- %_\\`
    const made = await post({ ...whole, name, description: '<b>Ünï ☕ 漢字</b>\n\ttab' })
    const read = await shop.call('GET', `${products}${made.body.id}/`)
    assert.deepEqual([read.body.name, read.body.description], [name, '<b>Ünï ☕ 漢字</b>\n\ttab'])
  })
})

describe('what does not fit is refused, every fault at once', () => {
  const wrong: [string, unknown][] = [
    ...[
      '1',
      '1.5',
      '1.234',
      '-1.00',
      '+1.00',
      '01.00',
      '1e2',
      '1,00',
      ' 1.00',
      '',
      'NaN',
      '12345678901.00',
    ].map((price) => ['price', price] as [string, unknown]),
    ...[12.99, 0, null, ['1.00'], { $gt: 0 }].map((price) => ['price', price] as [string, unknown]),
    ...['', '   ', 'x'.repeat(201), 'a\0b', '\ud800', 5, null].map(
      (name) => ['name', name] as [string, unknown],
    ),
    ...[-1, 1.5, 2 ** 31, '5', null].map((stock) => ['stock_count', stock] as [string, unknown]),
    ...['1', '4006381333932', '123456789013', 'abc', '40063813339310', 4006381333931].map(
      (code) => ['barcode', code] as [string, unknown],
    ),
    ['description', 'x'.repeat(10_001)],
    ['description', '\0'],
    ['image', 'https://elsewhere.example/x.png'],
  ]
  for (const [field, value] of wrong)
    test(`${field}: ${JSON.stringify(value)?.slice(0, 40)}`, async () => {
      const reply = await post({ ...whole, [field]: value })
      assert.deepEqual(
        [reply.status, reply.body.code, fieldsOf(reply)],
        [400, 'invalid_request', [field]],
      )
    })

  test('a valid barcode of each kind is taken', async () => {
    for (const barcode of ['', '96385074', '036000291452', '4006381333931'])
      assert.equal((await post({ ...whole, barcode })).status, 201, barcode)
  })

  test('what only the shop writes is no field', async () => {
    const own = [
      'id',
      'slug',
      'popularity',
      'sales_count',
      'rank',
      'rating_count',
      'user_id',
      'version',
      'created_at',
      'updated_at',
      'constructor',
      'prototype',
    ]
    for (const key of own) assert.deepEqual(fieldsOf(await post({ ...whole, [key]: 1 })), [key])
    const proto = await shop.call('POST', products, {
      as: 'staff',
      bytes: '{"name":"x","price":"1.00","__proto__":{"rank":5}}',
    })
    assert.equal(proto.status, 400)
  })

  test('several faults are told together', async () => {
    const reply = await post({ name: '', price: '1', stock_count: -1, barcode: '1', more: 1 })
    const fields = ['barcode', 'more', 'name', 'price', 'stock_count']
    assert.deepEqual(fieldsOf(reply).sort(), fields)
  })

  test('unknown categories are named, and nothing is stored', async () => {
    const category = await makeCategory(shop, 'Known')
    const before = await countOf()
    const reply = await post({
      ...whole,
      categories: [category, 777771, 777772],
      subcategories: [888881],
    })
    assert.equal(reply.status, 400)
    assert.match(reply.text, /777771, 777772/)
    assert.match(reply.text, /888881/)
    assert.deepEqual(fieldsOf(reply), ['categories', 'subcategories'])
    assert.equal(await countOf(), before)
  })

  test('a subcategory comes with its category', async () => {
    const one = await makeCategory(shop, 'One')
    const other = await makeCategory(shop, 'Another')
    const sub = await makeSubcategory(shop, one, 'Of one')
    const reply = await post({ ...whole, categories: [other], subcategories: [sub] })
    assert.equal(reply.status, 400)
    assert.match(reply.body.errors[0].message, new RegExp(`${sub} belongs to category ${one}`))
  })

  test('another content type, and what is no JSON', async () => {
    const headers = { 'content-type': 'text/plain' }
    const plain = await shop.call('POST', products, { as: 'staff', bytes: '{}', headers })
    assert.equal(plain.status, 415)
    for (const bytes of ['{', '{"name":"x"}garbage', '['.repeat(40)])
      assert.equal((await shop.call('POST', products, { as: 'staff', bytes })).status, 400)
  })
})

describe('an Idempotency-Key', () => {
  test('gives the first answer again, also to ten at once', async () => {
    const headers = { 'idempotency-key': 'lamp-1' }
    const before = await countOf()
    const replies = await Promise.all(Array.from({ length: 10 }, () => post(whole, { headers })))
    const made = replies.filter(({ status }) => status === 201)
    assert.ok(made.length >= 1)
    assert.ok(replies.every(({ status }) => status === 201 || status === 409))
    const again = await post(whole, { headers })
    assert.equal(new Set([...made, again].map(({ body }) => body.id)).size, 1)
    assert.equal(await countOf(), before + 1)
    assert.equal((await post({ ...whole, name: 'Other' }, { headers })).status, 422)
  })
})
