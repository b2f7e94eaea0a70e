import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { doors, openShop, type Shop } from '../../shared/testing/shop.ts'
import {
  colleague,
  etagOf,
  fieldsOf,
  make,
  makeCategory,
  makeSubcategory,
  products,
} from './product-lab.ts'
import { product } from './service.ts'

let shop: Shop
before(async () => {
  shop = await openShop([product])
})
after(() => shop.close())

const patch = (path: string, body: unknown, more = {}) =>
  shop.call('PATCH', path, { as: 'staff', body, ...more })

describe('the owner changes a product', () => {
  for (const door of doors)
    test(`${door}: PATCH changes what is given, and only that`, async () => {
      const mug = await make(shop, { name: `Mug ${door}`, stock_count: 5, description: 'Blue' })
      const before = await shop.call('GET', mug.path, { door })
      const changed = await patch(mug.path, { price: '8.00' }, { door })
      assert.equal(changed.status, 200, changed.text)
      assert.equal(etagOf(changed), `"${mug.id}-2"`)
      assert.ok(changed.body.updated_at >= before.body.updated_at)
      const { updated_at } = changed.body
      assert.deepEqual(changed.body, { ...before.body, price: '8.00', updated_at })
      const read = await shop.call('GET', mug.path, { door })
      assert.deepEqual([read.body, etagOf(read)], [changed.body, etagOf(changed)])
    })

  for (const door of doors)
    test(`${door}: PUT replaces all but the picture`, async () => {
      const category = await makeCategory(shop, `Mugs ${door}`)
      const mug = await make(shop, { stock_count: 5, description: 'Blue', categories: [category] })
      const body = { name: `Cup ${door}`, price: '7.00' }
      const replaced = await shop.call('PUT', mug.path, { door, as: 'staff', body })
      assert.equal(replaced.status, 200, replaced.text)
      const { name, price, stock_count, description, categories, slug } = replaced.body
      assert.deepEqual(
        { name, price, stock_count, description, categories, slug },
        { ...body, stock_count: 0, description: '', categories: [], slug: `cup-${door}` },
      )
      const partial = await shop.call('PUT', mug.path, {
        door,
        as: 'staff',
        body: { price: '1.00' },
      })
      assert.deepEqual([partial.status, fieldsOf(partial)], [400, ['name']])
    })

  test('as a form too', async () => {
    const mug = await make(shop)
    const form = new FormData()
    form.set('stock_count', '99')
    form.set('categories', '')
    const changed = await shop.call('PATCH', mug.path, { as: 'staff', form })
    assert.deepEqual(
      [changed.status, changed.body.stock_count, changed.body.name],
      [200, 99, mug.name],
    )
  })

  test('a change of nothing makes no new version', async () => {
    const mug = await make(shop, { stock_count: 5 })
    for (const body of [{}, { stock_count: 5 }, { name: mug.name, price: '9.50' }])
      assert.equal(etagOf(await patch(mug.path, body)), mug.etag)
  })

  test('several changes in one make one step', async () => {
    const category = await makeCategory(shop, 'One step')
    const sub = await makeSubcategory(shop, category, 'One')
    const mug = await make(shop)
    const body = { name: 'Stepped', categories: [category], subcategories: [sub] }
    assert.equal(etagOf(await patch(mug.path, body)), `"${mug.id}-2"`)
    const onlyLinks = await patch(mug.path, { name: 'Stepped', categories: [] })
    assert.equal(etagOf(onlyLinks), `"${mug.id}-3"`)
    assert.deepEqual(onlyLinks.body.subcategories, [])
  })

  test('subcategories go with their category, others stay', async () => {
    const one = await makeCategory(shop, 'Stay')
    const two = await makeCategory(shop, 'Go')
    const stays = await makeSubcategory(shop, one, 'Stays')
    const goes = await makeSubcategory(shop, two, 'Goes')
    const mug = await make(shop, { categories: [one, two], subcategories: [stays, goes] })
    const changed = await patch(mug.path, { categories: [one] })
    assert.deepEqual(
      changed.body.subcategories.map(({ id }: { id: number }) => id),
      [stays],
    )
    const wrong = await patch(mug.path, { subcategories: [goes] })
    assert.deepEqual([wrong.status, fieldsOf(wrong)], [400, ['subcategories']])
    assert.match(wrong.text, /belongs to category/)
    assert.equal((await patch(mug.path, { categories: [987654] })).status, 400)
  })

  test('what does not fit is refused, and what only the shop writes', async () => {
    const mug = await make(shop)
    const wrong = [
      { price: 1 },
      { price: '-1.00' },
      { stock_count: -1 },
      { name: ' ' },
      { rank: 5 },
      { popularity: 9 },
      { sales_count: 9 },
      { rating_count: 1 },
      { user_id: colleague(shop).id },
      { barcode: '12' },
      { id: 1 },
      { slug: 'x' },
      { image: '/api/v1/media/x' },
    ]
    for (const body of wrong) {
      const reply = await patch(mug.path, body)
      assert.deepEqual([reply.status, fieldsOf(reply)], [400, Object.keys(body)])
    }
    assert.equal(etagOf(await shop.call('GET', mug.path)), mug.etag)
  })
})

describe('a new name makes a new slug', () => {
  test('and the old one still leads there', async () => {
    const mug = await make(shop, { name: 'Morning mug' })
    await shop.call('GET', `${products}by-slug/morning-mug/`)
    const renamed = await patch(mug.path, { name: 'Evening mug' })
    assert.equal(renamed.body.slug, 'evening-mug')
    for (const slug of ['morning-mug', 'evening-mug']) {
      const found = await shop.call('GET', `${products}by-slug/${slug}/`)
      assert.deepEqual(found.body, renamed.body)
    }
    const taken = await make(shop, { name: 'Morning mug' })
    assert.equal(taken.slug, 'morning-mug-2')
    const back = await patch(mug.path, { name: 'Morning mug' })
    assert.equal(back.body.slug, 'morning-mug')
    const deleted = await shop.call('DELETE', mug.path, { as: 'staff' })
    assert.equal(deleted.status, 204)
    for (const slug of ['morning-mug', 'evening-mug'])
      assert.equal((await shop.call('GET', `${products}by-slug/${slug}/`)).status, 404)
  })
})

describe('who may change', () => {
  for (const method of ['PUT', 'PATCH', 'DELETE'] as const)
    for (const door of doors)
      test(`${door}: ${method} by its owner while staff and by superusers`, async () => {
        const mug = await make(shop)
        const body = method === 'DELETE' ? {} : { body: { name: 'Changed', price: '2.00' } }
        const status = async (as?: Parameters<Shop['user']>[0]) =>
          (await shop.call(method, mug.path, { door, as, ...body })).status
        assert.equal(await status(), 401)
        assert.equal(await status('customer'), 403)
        assert.equal(await status(colleague(shop)), 403)
        assert.equal(await status({ ...shop.user('staff'), isStaff: false }), 403)
        assert.equal((await shop.call('GET', mug.path)).body.name, 'Plain mug')
        const good = method === 'DELETE' ? 204 : 200
        assert.equal(await status('staff'), good)
        const another = await make(shop, {}, colleague(shop))
        const superuser = await shop.call(method, another.path, { door, as: 'superuser', ...body })
        assert.equal(superuser.status, good)
      })

  test('what is not there is not found', async () => {
    for (const id of ['999999', '2147483647', '2147483648', '0'])
      for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
        const body = method === 'DELETE' ? {} : { body: { name: 'x', price: '1.00' } }
        const { status } = await shop.call(method, `${products}${id}/`, { as: 'staff', ...body })
        assert.equal(status, 404, `${method} ${id}`)
      }
  })
})

describe('If-Match', () => {
  for (const door of doors)
    test(`${door}: lets a change pass only on the state it names`, async () => {
      const mug = await make(shop)
      const change = (ifMatch: string, body: unknown = { stock_count: 1 }) =>
        patch(mug.path, body, { door, headers: { 'if-match': ifMatch } })
      const stale = await change(`"${mug.id}-99"`)
      assert.deepEqual([stale.status, stale.body.code], [412, 'precondition_failed'])
      assert.equal((await change(`W/${mug.etag}`)).status, 412)
      assert.equal((await change(`"x", ${mug.etag}`)).status, 200)
      assert.equal((await change(mug.etag, { stock_count: 2 })).status, 412)
      assert.equal((await change('*', { stock_count: 3 })).status, 200)
      const headers = { 'if-match': mug.etag }
      const gone = await shop.call('DELETE', mug.path, { door, as: 'staff', headers })
      assert.equal(gone.status, 412)
    })

  test('of 20 at once with the same tag one passes', async () => {
    const mug = await make(shop)
    // The first round opens the connections, one after the other; later ones really race.
    for (let round = 1; round <= 4; round++) {
      const headers = { 'if-match': etagOf(await shop.call('GET', mug.path)) }
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          patch(
            mug.path,
            { stock_count: 100 * round + at },
            { headers, door: at % 2 ? 'host' : 'process' },
          ),
        ),
      )
      const passed = replies.filter(({ status }) => status === 200)
      const refused = replies.filter(({ status }) => status === 412)
      assert.deepEqual([passed.length, refused.length], [1, 19], `round ${round}`)
      const read = await shop.call('GET', mug.path)
      assert.equal(read.body.stock_count, passed[0]?.body.stock_count)
    }
  })

  test('without it 20 at once on different fields lose none', async () => {
    const mug = await make(shop)
    const fields = [
      { price: '5.00' },
      { stock_count: 77 },
      { description: 'All' },
      { barcode: '96385074' },
    ]
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, at) => patch(mug.path, fields[at % 4], { door: 'host' })),
    )
    assert.ok(replies.every(({ status }) => status === 200))
    const { body } = await shop.call('GET', mug.path)
    const { price, stock_count, description, barcode } = body
    const all = Object.assign({}, ...fields)
    assert.deepEqual({ price, stock_count, description, barcode }, all)
  })
})
