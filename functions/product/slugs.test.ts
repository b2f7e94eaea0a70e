import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Door, openShop, type Reply, type Shop } from '../../shared/testing/shop.ts'
import { make, products } from './product-lab.ts'
import { product } from './service.ts'

let shop: Shop
before(async () => {
  shop = await openShop([product])
})
after(() => shop.close())

/** Again when the shop was too busy: 30 writers stand in one line, and a slow machine lets some go. */
const post = async (body: unknown, door: Door): Promise<Reply> => {
  const reply = await shop.call('POST', products, { as: 'staff', body, door })
  return reply.status === 503 ? post(body, door) : reply
}

describe('slugs', () => {
  test('come from the name, in plain letters', async () => {
    const expected = {
      'Crème brûlée №2': 'creme-brulee-no2',
      'Łódź & Straße': 'lodz-and-strasse',
      'Щётка для кошек': 'shchetka-dlia-koshek',
      漢字: 'product',
      "Anna's  tea": 'annas-tea',
      '--': 'product-2',
    }
    for (const [name, slug] of Object.entries(expected))
      assert.equal((await make(shop, { name })).slug, slug)
  })

  test('of 30 at once with one name all differ, and none is skipped', async () => {
    const replies = await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        post({ name: 'Wanted by all', price: '1.00' }, at % 2 ? 'host' : 'process'),
      ),
    )
    assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([201]))
    const slugs = replies.map(({ body }) => body.slug)
    const all = [
      'wanted-by-all',
      ...Array.from({ length: 29 }, (_, at) => `wanted-by-all-${at + 2}`),
    ]
    assert.deepEqual(slugs.sort(), all.sort())
  })

  test('that look like another one with a number do not collide', async () => {
    const names = ['Chair 2', 'Chair', 'Chair', 'Chair 2', 'Chair']
    const made = await Promise.all(names.map((name) => make(shop, { name })))
    assert.equal(new Set(made.map(({ slug }) => slug)).size, 5)
  })

  test('a gap is filled', async () => {
    await make(shop, { name: 'Gap' })
    const second = await make(shop, { name: 'Gap' })
    await make(shop, { name: 'Gap' })
    await shop.call('DELETE', second.path, { as: 'staff' })
    assert.equal((await make(shop, { name: 'Gap' })).slug, 'gap-2')
  })

  test('of a name that thousands have is found at a few looks', async () => {
    const db = shop.db('product')
    await db.sql`
      insert into product (name, slug, description, price, stock_count, user_id)
      select 'Many', case when n = 1 then 'many' else 'many-' || n end, '', 1, 1, gen_random_uuid()
      from generate_series(1, 5000) n`
    const plan = await db.outside(
      `explain (analyze, buffers, format json) select product_free_slug('many', null)`,
      [],
    )
    const [{ Plan }] = JSON.parse(plan[0]?.[0] ?? '')
    const blocks = Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks']
    assert.ok(blocks < 500, `${blocks} blocks`)
    const slugs = [await make(shop, { name: 'Many' }), await make(shop, { name: 'Many' })]
    assert.deepEqual(
      slugs.map(({ slug }) => slug),
      ['many-5001', 'many-5002'],
    )
  })
})
