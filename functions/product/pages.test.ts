import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { doors, openShop, type Shop } from '../../shared/testing/shop.ts'
import { cursorOf } from './cursor.ts'
import { make, products, targetOf } from './product-lab.ts'
import { sweepFavourites } from './queries/favourites.ts'
import { listProducts, listStatement, type Wanted } from './queries/list.ts'
import { readSearch } from './queries/search.ts'
import { seedMany } from './seed.ts'
import { product } from './service.ts'

const ALL = 12_000
let shop: Shop

type Page = {
  count: number
  count_capped?: true
  next: string | null
  previous: string | null
  results: { id: number; name: string; price: string; popularity: number }[]
}

before(async () => {
  shop = await openShop([product])
  await seedMany(ALL)
})
after(() => shop.close())

const read = async (target: string): Promise<Page> => {
  const { status, body, text } = await shop.call('GET', target)
  assert.equal(status, 200, text)
  return body
}

describe('pages', () => {
  const orderings = [
    '',
    'price',
    '-price',
    'name',
    '-name',
    'created_at',
    '-created_at',
    'rank',
    '-rank',
    'popularity',
    '-popularity',
    'sales_count',
    '-sales_count',
  ]
  const listings = orderings.map((it) => [it, it.includes('rank') ? [3] : [1, 2]] as const)
  for (const [ordering, categories] of [...listings, ['price', [3]], ['-price', [3]]] as const)
    test(`followed by next give every product of ${categories} once: ${ordering || 'by id'}`, async () => {
      const query = `category=${categories}&limit=100${ordering && `&ordering=${ordering}`}`
      const seen: number[] = []
      let count = -1
      for (let next: string | null = `${products}?${query}`; next; ) {
        const page: Page = await read(next)
        if (count === -1) count = page.count
        assert.equal(page.count, count)
        const byOffset = await read(`${products}?${query}&offset=${seen.length}`)
        assert.deepEqual(byOffset.results, page.results, 'the offset says the same')
        seen.push(...page.results.map(({ id }) => id))
        next = page.next && targetOf(page.next)
      }
      const all = await shop.db('product').sql<{ n: number }>`
        select count(distinct product_id)::int as n from product_category
        where category_id = any (${categories}::int[])`.one()
      assert.ok(all && all.n > 500)
      assert.deepEqual([seen.length, new Set(seen).size], [all.n, all.n])
      assert.equal(count, categories.length === 1 ? all.n : 1000, 'no more are counted')
    })

  for (const door of doors)
    test(`${door}: are linked by absolute addresses that the client can follow`, async () => {
      const base =
        door === 'process' ? 'http://localhost' : shop.url(door === 'host' ? 'host' : 'gateway')
      const first: Page = (
        await shop.call('GET', `${products}?limit=2&price__gt=1&search=`, { door })
      ).body
      assert.equal(first.previous, null)
      assert.ok(first.next?.startsWith(`${base}${products}?`), first.next ?? '')
      const second: Page = (await shop.call('GET', targetOf(first.next ?? ''), { door })).body
      const query = new URL(second.previous ?? '').searchParams
      assert.deepEqual(
        [query.get('limit'), query.get('offset'), query.get('after')],
        ['2', null, null],
      )
      const back: Page = (await shop.call('GET', targetOf(second.previous ?? ''), { door })).body
      assert.deepEqual(back, first)
    })

  test('lose and repeat nothing while others write', async () => {
    const query = `${products}?ordering=-created_at&limit=50&in_stock=true&category=5`
    const all: number[] = []
    const seen: number[] = []
    for (let next: string | null = query.replace('50', '100'); next; ) {
      const page: Page = await read(next)
      all.push(...page.results.map(({ id }) => id))
      next = page.next && targetOf(page.next)
    }
    for (let next: string | null = query; next; ) {
      const page: Page = await read(next)
      seen.push(...page.results.map(({ id }) => id))
      await make(shop, { stock_count: 1, categories: [5] })
      next = page.next && targetOf(page.next)
    }
    assert.deepEqual(seen, all)
  })

  test('end where the products end, also when a whole page is asked for behind them', async () => {
    const { count } = await read(`${products}?limit=1`)
    const last = await read(`${products}?limit=10&offset=${count - 10}`)
    assert.deepEqual([last.results.length, last.next], [10, null])
    const behind = await read(`${products}?limit=10&offset=${count + 10}`)
    assert.deepEqual([behind.results, behind.next, behind.count], [[], null, count])
    assert.ok(behind.previous)
  })

  test('a cursor of another ordering is passed over, a forged one harmless', async () => {
    const by = { by: 'price', value: '5.00', id: 3 }
    const other = await read(`${products}?ordering=name&offset=3&limit=1&after=${cursorOf(by)}`)
    const plain = await read(`${products}?ordering=name&offset=3&limit=1`)
    assert.deepEqual(other.results, plain.results)
    for (const value of ["1'; drop table product; --", 'NaN-', '\0', '1e999999'])
      for (const key of ['price', 'name', 'created_at', 'popularity']) {
        const after = cursorOf({ by: key, value, id: 1 })
        const { status } = await shop.call('GET', `${products}?ordering=${key}&after=${after}`)
        assert.ok(status === 200 || status === 400, `${key} ${value}: ${status}`)
      }
  })

  test('of what too many have, a search gives the favourites, each once, the most looked at first', async () => {
    const word = await shop.db('product').sql<{ word: string; n: number }>`
      select w.stem as word, count(*)::int as n from product_word w, product p
      where p.document @@ quote_literal(w.stem)::tsquery
      group by w.stem having count(*) between 1500 and 4000 order by w.stem limit 1`.one()
    assert.ok(word)
    assert.equal(await sweepFavourites(2000), 2000)
    const expected = await shop.db('product').sql<{ id: number }>`
      select p.id from (
        select product_id as id, popularity from product_count
        order by popularity desc, product_id limit 2000) n join product p using (id)
      where p.document @@ quote_literal(${word.word})::tsquery order by n.popularity desc, id`
    const seen: number[] = []
    for (let next: string | null = `${products}?search=${word.word}&limit=100`; next; ) {
      const page: Page = await read(next)
      assert.deepEqual([page.count, page.count_capped], [expected.length, true])
      seen.push(...page.results.map(({ id }) => id))
      next = page.next && targetOf(page.next)
    }
    assert.deepEqual(
      seen,
      expected.map(({ id }) => id),
    )
    const [first = 0] = seen
    const path = `${products}${first}/`
    await shop.call('PATCH', path, { as: 'superuser', body: { name: 'Plain', description: '' } })
    const { results } = await read(`${products}?search=${word.word}&limit=1`)
    assert.notEqual(results[0]?.id, first, 'an edit counts at once')
    await sweepFavourites()
    const all = await read(`${products}?search=${word.word}`)
    assert.equal(all.count, 1000, 'a shop of so few needs none')
  })

  test('a word that too many products have orders by popularity, and says how far it counted', async () => {
    const query = `${products}?search=comes&limit=100`
    const first = await read(query)
    assert.deepEqual([first.count, first.count_capped], [1000, true])
    const second = await read(targetOf(first.next ?? ''))
    const views = [...first.results, ...second.results].map(({ popularity }) => popularity)
    assert.deepEqual(
      views,
      views.toSorted((a, b) => b - a),
    )
    assert.equal(new Set([...first.results, ...second.results].map(({ id }) => id)).size, 200)
  })
})

describe('what a page costs does not grow', () => {
  type Plan = { 'Shared Hit Blocks': number; 'Shared Read Blocks': number }

  /** Blocks that PostgreSQL reads for a page: unlike its time the same on every machine. */
  const blocks = async (wanted: Wanted) => {
    const row = await shop.db('product').sql<{ 'QUERY PLAN': [{ Plan: Plan }] }>`
      explain (analyze, buffers, format json) ${listStatement(wanted)}`.one()
    const plan = row?.['QUERY PLAN'][0].Plan
    return (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0)
  }
  before(async () => {
    await shop.db('product').sql`vacuum analyze product, product_count, product_category`
  })

  for (const by of ['price', 'name', 'created_at', 'rank', 'popularity', 'sales_count'] as const)
    for (const down of [false, true])
      test(`by ${down ? '-' : ''}${by}: page 500 reads what page 1 does`, async () => {
        const wanted: Wanted = { filters: {}, order: { by, down }, limit: 20, offset: 0 }
        const deep = await listProducts({ ...wanted, offset: 10_000 })
        const first = await blocks(wanted)
        const far = await blocks({ ...wanted, offset: 10_020, after: deep?.last })
        assert.ok(far <= first * 1.5, `${first} blocks, then ${far}`)
      })

  test('nor does that of a search grow with the shop', async () => {
    const query = await readSearch('wireles headfones')
    const wanted: Wanted = { filters: { query }, order: { by: 'relevance' }, limit: 20, offset: 0 }
    const found = await listProducts(wanted)
    assert.ok(found && found.count > 20 && found.count < ALL / 100)
    const read = await blocks(wanted)
    assert.ok(read < 10 * found.count + 300, `${read} blocks for ${found.count} hits`)
  })
})
