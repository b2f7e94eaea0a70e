import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { queryCount } from '../../shared/data/postgres.ts'
import { doors, openShop, type Shop } from '../../shared/testing/shop.ts'
import { person } from '../../shared/testing/tokens.ts'
import { targetOf } from './review-lab.ts'
import { review } from './service.ts'

type Item = { id: string; rating: number; helpful_count: number }

const orders: Record<string, (a: Item, b: Item) => number> = {
  newest: () => 0,
  rating: (a, b) => a.rating - b.rating,
  '-rating': (a, b) => b.rating - a.rating,
  '-helpful': (a, b) => b.helpful_count - a.helpful_count,
}
const path = '/api/v1/reviews/7/'
let shop: Shop
let all: Item[]

before(async () => {
  shop = await openShop([review])
  await shop.db('review').sql`insert into known_product values (7, 1, 'Lamp'), (8, 1, 'Vase')`
  // 73 of mixed ratings and votes, one in nine hidden, many of them of the same millisecond.
  await shop.db('review').sql`
    insert into review (id, product_id, user_id, username, rating, comment, helpful_count,
      created_at, hidden_at, hidden_reason)
    select review_uuid(at), 7, gen_random_uuid(), 'user-' || i, 1 + i * i % 5, 'No. ' || i, i % 4,
      at, case when i % 9 = 0 then at end, case when i % 9 = 0 then 'spam' end
    from (select i, timestamptz '2026-01-01' + i / 6 * interval '1 hour' as at
      from generate_series(1, 73) i) n`
  all = await shop.db('review').sql<Item>`
    select id, rating, helpful_count from review where hidden_at is null order by id desc`
})
after(() => shop.close())

function model(ordering: string, ratings: number[]): string[] {
  const wanted = all.filter((it) => ratings.includes(it.rating))
  return wanted.toSorted(orders[ordering]).map(({ id }) => id)
}

async function walk(target: string, link: 'next' | 'previous') {
  const pages: { ids: string[]; count: number; last: string }[] = []
  for (let at: string | undefined = target; at !== undefined; ) {
    const { body } = await shop.call('GET', at)
    assert.ok(pages.length < 100, 'the walk does not end')
    pages.push({ ids: body.results.map((it: Item) => it.id), count: body.count, last: at })
    at = body[link] === null ? undefined : targetOf(body[link])
  }
  return pages
}

describe('pages', () => {
  for (const ordering of Object.keys(orders))
    for (const ratings of [[1, 2, 3, 4, 5], [5], [1, 2, 4]])
      test(`${ordering}, ratings ${ratings}: forth, back and by offset as one list`, async () => {
        const filter = ratings.length === 5 ? '' : `&rating=${ratings}`
        const expected = model(ordering, ratings)
        for (const limit of [1, 7, 20]) {
          const target = `${path}?ordering=${ordering}&limit=${limit}${filter}`
          const forth = await walk(target, 'next')
          assert.deepEqual(
            forth.flatMap((it) => it.ids),
            expected,
          )
          assert.ok(forth.every((it) => it.count === expected.length))
          assert.equal(forth.length, Math.ceil(expected.length / limit))
          const back = await walk(forth.at(-1)?.last ?? '', 'previous')
          assert.deepEqual(
            back.toReversed().flatMap((it) => it.ids),
            expected,
          )
          for (const offset of [0, 3, expected.length - 1, expected.length, 2_147_483_647]) {
            const page = await shop.call('GET', `${target}&offset=${offset}`)
            const ids = page.body.results.map((it: Item) => it.id)
            assert.deepEqual(ids, expected.slice(offset, offset + limit))
            assert.equal(page.body.next === null, offset + limit >= expected.length)
            assert.equal(page.body.previous === null, offset === 0)
          }
        }
      })

  test('a review that comes in between neither repeats nor hides another', async () => {
    const first = await shop.call('GET', `${path}?limit=10`)
    await shop.db('review').sql`
      insert into review (product_id, user_id, username, rating) values (7, ${person('late').id}, 'late', 3)`
    const second = await shop.call('GET', targetOf(first.body.next))
    const expected = all.slice(10, 20).map(({ id }) => id)
    assert.deepEqual(
      second.body.results.map((it: Item) => it.id),
      expected,
    )
    await shop.db('review').sql`delete from review where username = 'late'`
  })

  test('a product nobody reviewed has an empty page', async () => {
    const { body } = await shop.call('GET', '/api/v1/reviews/999/')
    assert.deepEqual(body, {
      count: 0,
      next: null,
      previous: null,
      results: [],
      summary: { mean: 0, count: 0, histogram: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 } },
    })
  })

  for (const query of [
    'rating=6',
    'rating=0',
    'rating=1,',
    'ordering=user_id',
    'after=zz',
    'after=AAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'limit=0',
    'limit=101',
    'offset=-1',
    'limit=1&limit=2',
  ])
    test(`refused: ${query}`, async () => {
      assert.equal((await shop.call('GET', `${path}?${query}`)).status, 400)
    })
})

for (const door of doors)
  test(`${door}: summary, links, tag, and no email anywhere`, async () => {
    const reply = await shop.call('GET', `${path}?limit=2&x=1`, { door })
    const mean = all.reduce((sum, it) => sum + it.rating, 0) / all.length
    const histogram = [1, 2, 3, 4, 5].map((it) => [
      it,
      all.filter((one) => one.rating === it).length,
    ])
    assert.deepEqual(reply.body.summary, {
      mean: Math.round(mean * 10) / 10,
      count: all.length,
      histogram: Object.fromEntries(histogram),
    })
    assert.match(reply.body.next, /^https?:\/\/[^/]+\/api\/v1\/reviews\/7\/\?limit=2&x=1&after=/)
    assert.doesNotMatch(reply.text, /@|email/)
    const etag = reply.headers.get('etag') ?? ''
    const again = await shop.call('GET', `${path}?limit=2&x=1`, {
      door,
      headers: { 'if-none-match': `"a", W/${etag}` },
    })
    assert.deepEqual([again.status, again.text], [304, ''])
    assert.equal((await shop.call('GET', path.slice(0, -1), { door })).status, 200)
  })

for (const door of doors)
  test(`${door}: on one path an integer is a product, a UUID a review`, async () => {
    const list = await shop.call('GET', '/api/v1/reviews/7/', { door })
    const one = await shop.call('GET', `/api/v1/reviews/${all[0]?.id}/`, { door })
    assert.deepEqual(one.body, { ...list.body.results[0], product_valid: true })
    const upper = await shop.call('GET', `/api/v1/reviews/${all[0]?.id.toUpperCase()}/`, { door })
    assert.equal(upper.body.id, all[0]?.id)
    for (const neither of [
      '07',
      '0',
      '1.5',
      '-1',
      '2147483648',
      'x',
      '1e3',
      '١',
      all[0]?.id.slice(1),
    ]) {
      const reply = await shop.call(
        'GET',
        `/api/v1/reviews/${encodeURIComponent(neither ?? '')}/`,
        { door },
      )
      assert.equal(reply.status, 404, neither)
    }
  })

test('any page costs one statement for the list and none to another service', async () => {
  // A replica is asked for the versions as well, `npm test -- --through lagging-replica`.
  const most = process.env.SOUK_TEST_REPLICA ? 3 : 2
  for (const query of ['', '?ordering=-helpful&rating=1,5', '?limit=100', '?offset=40']) {
    const target = `/api/v1/reviews/8/${query}`
    const before = queryCount()
    await shop.call('GET', target)
    // One for the versions of its tags, one for the list.
    assert.ok(queryCount() - before <= most, `${queryCount() - before} statements`)
  }
})

test('a read after any answered write shows it, through every door', async () => {
  for (const [at, door] of doors.entries()) {
    const as = person(`reader-${at}`)
    const target = '/api/v1/reviews/8/'
    const read = async (where = door) => (await shop.call('GET', target, { door: where })).body
    const before = await read()
    const body = { product_id: 8, rating: 2 }
    const { id } = (await shop.call('POST', '/api/v1/reviews/', { as, body })).body
    for (const other of doors) assert.equal((await read(other)).count, before.count + 1)
    const own = `/api/v1/reviews/${id}/`
    assert.equal((await shop.call('GET', own, { door })).body.rating, 2)
    await shop.call('PUT', own, { as, door, body: { rating: 5 } })
    for (const other of doors) {
      assert.equal((await read(other)).results[0].rating, 5)
      assert.equal((await shop.call('GET', own, { door: other })).body.rating, 5)
    }
    assert.equal((await shop.call('DELETE', own, { as, door })).status, 204)
    for (const other of doors) {
      assert.equal((await shop.call('GET', own, { door: other })).status, 404)
      assert.deepEqual(await read(other), before)
    }
  }
})
