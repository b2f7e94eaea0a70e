import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { doors, openShop, type Shop } from '../../shared/testing/shop.ts'
import {
  categories,
  etagOf,
  make,
  makeCategory,
  makeSubcategory,
  products,
  targetOf,
} from './product-lab.ts'
import { product } from './service.ts'

let shop: Shop
before(async () => {
  shop = await openShop([product])
})
after(() => shop.close())

describe('categories are read by anyone', () => {
  for (const door of doors)
    test(`${door}: a page, one, and one with its subcategories`, async () => {
      const id = await makeCategory(shop, `Read by ${door}`)
      const sub = await makeSubcategory(shop, id, 'Cups')
      const second = await makeSubcategory(shop, id, 'Plates')
      const page = await shop.call('GET', categories, { door })
      assert.equal(page.status, 200)
      assert.deepEqual(
        page.body.results.find((it: { id: number }) => it.id === id),
        { id, name: `Read by ${door}` },
      )
      const one = await shop.call('GET', `${categories}${id}/`, { door })
      assert.deepEqual(one.body, { id, name: `Read by ${door}` })
      const tree = await shop.call('GET', `${categories}${id}/subcategories/`, { door })
      assert.deepEqual(tree.body, {
        id,
        name: `Read by ${door}`,
        subcategories: [
          { id: sub, name: 'Cups' },
          { id: second, name: 'Plates' },
        ],
      })
      const headers = { 'if-none-match': etagOf(tree) }
      const same = await shop.call('GET', `${categories}${id}/subcategories/`, { door, headers })
      assert.equal(same.status, 304)
    })

  test('a page is linked to the next and the one before', async () => {
    for (const letter of 'abc') await makeCategory(shop, `Paged ${letter}`)
    const first = await shop.call('GET', `${categories}?limit=2`)
    assert.equal(first.body.results.length, 2)
    assert.equal(first.body.previous, null)
    const second = await shop.call('GET', targetOf(first.body.next))
    assert.equal(second.body.previous, `http://localhost${categories}?limit=2`)
    assert.ok(second.body.results[0].id > first.body.results[1].id)
    const { count } = first.body
    const last = await shop.call('GET', `${categories}?offset=${count - 1}`)
    assert.deepEqual([last.body.results.length, last.body.next], [1, null])
  })

  test('what is no id of a category is not found, a wrong page refused', async () => {
    for (const id of ['0', '-1', '2147483648', '9223372036854775808', '1.5', '1e3', '01', 'null'])
      for (const end of ['', 'subcategories/']) {
        const { status } = await shop.call('GET', `${categories}${id}/${end}`, { door: 'host' })
        assert.equal(status, 404, id)
      }
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'offset=-1', 'limit=1&limit=2'])
      assert.equal((await shop.call('GET', `${categories}?${query}`)).status, 400, query)
  })
})

describe('staff manage the tree', () => {
  test('nobody else does', async () => {
    const id = await makeCategory(shop, 'Guarded')
    const sub = await makeSubcategory(shop, id, 'Guarded')
    const body = { name: 'Mine' }
    const calls = [
      ['POST', categories, { body }],
      ['PUT', `${categories}${id}/`, { body }],
      ['DELETE', `${categories}${id}/`, {}],
      ['POST', `${categories}${id}/subcategories/`, { body }],
      ['PUT', `/api/v1/subcategories/${sub}/`, { body }],
      ['DELETE', `/api/v1/subcategories/${sub}/`, {}],
    ] as const
    for (const [method, path, options] of calls) {
      const nobody = await shop.call(method, path, options)
      assert.equal(nobody.status, 401, `${method} ${path}`)
      const customer = await shop.call(method, path, { ...options, as: 'customer' })
      assert.equal(customer.status, 403, `${method} ${path}`)
    }
  })

  test('names are unique without regard to case, and trimmed', async () => {
    const id = await makeCategory(shop, '  Garden ')
    const again = await shop.call('POST', categories, { as: 'staff', body: { name: 'GARDEN' } })
    assert.deepEqual([again.status, again.body.code], [409, 'already_exists'])
    const other = await makeCategory(shop, 'Other')
    const renamed = await shop.call('PUT', `${categories}${other}/`, {
      as: 'staff',
      body: { name: 'garden' },
    })
    assert.deepEqual([renamed.status, renamed.body.code], [409, 'already_exists'])
    const path = `${categories}${id}/subcategories/`
    const sub = await makeSubcategory(shop, id, 'Pots')
    await makeSubcategory(shop, other, 'Pots')
    const twin = await shop.call('POST', path, { as: 'staff', body: { name: 'pots' } })
    assert.equal(twin.status, 409)
    await makeSubcategory(shop, id, 'Seeds')
    const moved = { as: 'staff', body: { name: 'SEEDS' } } as const
    assert.equal((await shop.call('PUT', `/api/v1/subcategories/${sub}/`, moved)).status, 409)
  })

  test('a name must be there, in bounds and storable', async () => {
    for (const body of [
      {},
      { name: '' },
      { name: '   ' },
      { name: 'x'.repeat(101) },
      { name: 7 },
      { name: 'a\0b' },
      { name: '\ud800' },
      { name: 'fine', id: 3 },
    ])
      assert.equal((await shop.call('POST', categories, { as: 'staff', body })).status, 400)
  })

  test('a subcategory needs its category', async () => {
    const options = { as: 'staff', body: { name: 'Lost' } } as const
    const reply = await shop.call('POST', `${categories}999999/subcategories/`, options)
    assert.equal(reply.status, 404)
    assert.equal((await shop.call('PUT', '/api/v1/subcategories/999999/', options)).status, 404)
    assert.equal((await shop.call('PUT', `${categories}999999/`, options)).status, 404)
    for (const path of [`${categories}999999/`, '/api/v1/subcategories/999999/'])
      assert.equal((await shop.call('DELETE', path, { as: 'staff' })).status, 404)
  })

  test('a new name shows at once wherever it is shown, with another ETag', async () => {
    const id = await makeCategory(shop, 'Old name')
    const sub = await makeSubcategory(shop, id, 'Old part')
    const mug = await make(shop, { categories: [id], subcategories: [sub] })
    const before = await shop.call('GET', mug.path)
    await shop.call('GET', `${products}?category=${id}`)
    await shop.call('PUT', `${categories}${id}/`, { as: 'staff', body: { name: 'New name' } })
    const renamed = { as: 'staff', body: { name: 'New part' } } as const
    await shop.call('PUT', `/api/v1/subcategories/${sub}/`, renamed)
    const after = await shop.call('GET', mug.path)
    assert.deepEqual(after.body.categories, [{ id, name: 'New name' }])
    assert.deepEqual(after.body.subcategories, [{ id: sub, name: 'New part' }])
    assert.notEqual(etagOf(after), etagOf(before))
    const list = await shop.call('GET', `${products}?category=${id}`)
    assert.deepEqual(list.body.results[0].categories, [{ id, name: 'New name' }])
    const stale = await shop.call('PATCH', mug.path, {
      as: 'staff',
      body: { stock_count: 3 },
      headers: { 'if-match': etagOf(before) },
    })
    assert.equal(stale.status, 412)
  })

  test('what still has products stays; what is empty goes with its subcategories', async () => {
    const id = await makeCategory(shop, 'Full')
    const sub = await makeSubcategory(shop, id, 'Full')
    const mug = await make(shop, { categories: [id], subcategories: [sub] })
    for (const path of [`${categories}${id}/`, `/api/v1/subcategories/${sub}/`]) {
      const reply = await shop.call('DELETE', path, { as: 'staff' })
      assert.deepEqual([reply.status, reply.body.code], [409, 'in_use'])
    }
    assert.equal((await shop.call('DELETE', mug.path, { as: 'staff' })).status, 204)
    assert.equal((await shop.call('DELETE', `${categories}${id}/`, { as: 'staff' })).status, 204)
    assert.equal((await shop.call('GET', `${categories}${id}/`)).status, 404)
    assert.equal(
      (await shop.call('DELETE', `/api/v1/subcategories/${sub}/`, { as: 'staff' })).status,
      404,
    )
  })

  test('an Idempotency-Key gives the first answer again', async () => {
    const headers = { 'idempotency-key': 'category-1' }
    const options = { as: 'staff', body: { name: 'Once' }, headers } as const
    const first = await shop.call('POST', categories, options)
    const again = await shop.call('POST', categories, options)
    assert.deepEqual([first.status, again.status, again.text], [201, 201, first.text])
  })
})
