import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { customer, definite, openProductStand, type ProductStand } from './review-lab.ts'
import { review } from './service.ts'

const path = '/api/v1/reviews/'
let shop: Shop
let stand: ProductStand

before(async () => {
  stand = await openProductStand(Array.from({ length: 1000 }, (_, at) => at + 1))
  shop = await openShop([review], { upstreams: { product: stand.url } })
})
after(async () => {
  await shop.close()
  await stand.stop()
})

const stored = async (productId: number) =>
  (await shop.call('GET', `${path}${productId}/`)).body.count as number

describe('a review is written', () => {
  for (const [at, door] of (['process', 'host', 'gateway'] as const).entries())
    test(`${door}: once per user and product, with the author's name`, async () => {
      const as = customer('ann')
      const body = { product_id: at + 1, rating: 4, title: 'Good', comment: 'Quite.\nReally.' }
      const made = await shop.call('POST', path, { door, as, body })
      assert.equal(made.status, 201, made.text)
      const { id, created_at, updated_at, ...rest } = made.body
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
      assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 60_000)
      assert.equal(updated_at, created_at)
      const user = { id: as.id, username: as.username }
      assert.deepEqual(rest, { ...body, user, helpful_count: 0 })
      assert.match(made.headers.get('cache-control') ?? '', /private, no-store/)
      const second = await shop.call('POST', path, { door, as, body: { ...body, rating: 1 } })
      assert.equal(second.status, 409)
      assert.equal(second.body.code, 'already_exists')
      assert.equal(second.body.review_id, id)
      const read = await shop.call('GET', `${path}${id}/`, { door })
      assert.deepEqual(read.body, { ...made.body, product_valid: true })
    })

  test('title and comment may be left out', async () => {
    const body = { product_id: 10, rating: 1 }
    const made = await shop.call('POST', path, { as: 'customer', body })
    assert.deepEqual([made.body.title, made.body.comment], ['', ''])
  })

  test('an Idempotency-Key gives the first answer again', async () => {
    const options = {
      as: 'customer',
      headers: { 'idempotency-key': 'k-1' },
      body: { product_id: 11, rating: 3 },
    } as const
    const first = await shop.call('POST', path, options)
    const again = await shop.call('POST', path, options)
    assert.deepEqual([first.status, again.status], [201, 201])
    assert.equal(again.text, first.text)
    const other = { ...options, body: { product_id: 11, rating: 4 } }
    assert.equal((await shop.call('POST', path, other)).status, 422)
  })

  test('of 200 at once by one user, one is written and 199 are told its id', async () => {
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        definite(() =>
          shop.call('POST', path, {
            door: at % 2 ? 'host' : 'process',
            as: customer('eager'),
            body: { product_id: 12, rating: 1 + (at % 5) },
          }),
        ),
      ),
    )
    const made = replies.filter(({ status }) => status === 201)
    const refused = replies.filter(({ status }) => status === 409)
    assert.deepEqual([made.length, refused.length], [1, 199])
    assert.deepEqual(
      new Set(refused.map(({ body }) => `${body.code} ${body.review_id}`)),
      new Set([`already_exists ${made[0]?.body.id}`]),
    )
    const list = await shop.call('GET', `${path}12/`)
    assert.equal(list.body.count, 1)
    assert.deepEqual(list.body.summary.mean, made[0]?.body.rating)
  })
})

describe('a review is refused', () => {
  const wrong: Record<string, [object, string]> = {
    'rating 0': [{ rating: 0 }, 'rating'],
    'rating 6': [{ rating: 6 }, 'rating'],
    'half a star': [{ rating: 4.5 }, 'rating'],
    'rating as text': [{ rating: '5' }, 'rating'],
    'no rating': [{ rating: undefined }, 'rating'],
    'somebody else as author': [{ user_id: customer('bob').id }, 'user_id'],
    'hidden state': [{ hidden_at: null }, 'hidden_at'],
    'a long title': [{ title: 'x'.repeat(151) }, 'title'],
    '5,001 letters': [{ comment: 'x'.repeat(5001) }, 'comment'],
    '5,001 faces': [{ comment: '😀'.repeat(5001) }, 'comment'],
    'half a face': [{ comment: '\ud83d' }, 'comment'],
    NUL: [{ comment: 'a\0b' }, 'comment'],
    'product 0': [{ product_id: 0 }, 'product_id'],
    'product 2^31': [{ product_id: 2 ** 31 }, 'product_id'],
    'a product nobody knows': [{ product_id: 1001 }, 'product_id'],
  }
  for (const [name, [part, field]] of Object.entries(wrong))
    test(name, async () => {
      const body = { product_id: 20, rating: 5, ...part }
      const reply = await shop.call('POST', path, { as: 'customer', body })
      assert.equal(reply.status, 400, reply.text)
      assert.deepEqual(
        reply.body.errors.map((it: { field: string }) => it.field),
        [field],
      )
      assert.equal(await stored(20), 0)
    })

  test('without a token', async () => {
    const reply = await shop.call('POST', path, { body: { product_id: 20, rating: 5 } })
    assert.equal(reply.status, 401)
  })

  test('rating by the database too', async () => {
    const { sql } = shop.db('review')
    for (const rating of [0, 6])
      await assert.rejects(
        Promise.resolve(sql`insert into review (product_id, rating) values (20, ${rating})`),
        /review_rating/,
      )
  })

  test('of a deleted product', async () => {
    const { sql } = shop.db('review')
    await sql`insert into known_product values (21, 5, '', true)`
    const body = { product_id: 21, rating: 5 }
    const reply = await shop.call('POST', path, { as: 'customer', body })
    assert.equal(reply.status, 400)
  })
})

test('5,000 faces, right-to-left and piled-up letters are kept as they were sent', async () => {
  for (const [at, comment] of [
    '😀'.repeat(5000),
    'שלום‏ \u202Egnp',
    'Z\u0351\u036B\u0343\u200B',
  ].entries()) {
    const body = { product_id: 30 + at, rating: 5, comment }
    const made = await shop.call('POST', path, { as: 'customer', body })
    assert.equal(made.body.comment, comment)
  }
})

test('while the product service is down, known products are reviewed, others are 503', async () => {
  const known = { product_id: 40, rating: 4 }
  assert.equal((await shop.call('POST', path, { as: customer(1), body: known })).status, 201)
  await stand.stop()
  try {
    assert.equal((await shop.call('POST', path, { as: customer(2), body: known })).status, 201)
    const body = { product_id: 41, rating: 4 }
    const refused = await shop.call('POST', path, { as: customer(2), body })
    assert.equal(refused.status, 503, refused.text)
    assert.ok(refused.headers.get('retry-after'))
    assert.equal(await stored(41), 0)
    assert.equal((await shop.db('review').sql`select from review where product_id = 41`).length, 0)
  } finally {
    await stand.start()
  }
})

test('posts of one unknown product at once ask for it once or little more', async () => {
  const before = stand.asked
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      definite(() =>
        shop.call('POST', path, { as: customer(at), body: { product_id: 50, rating: 3 } }),
      ),
    ),
  )
  assert.ok(replies.every(({ status }) => status === 201))
  assert.ok(stand.asked - before <= 10, `${stand.asked - before} calls`)
})

test('200 attacks are stored and shown as the text they are', async () => {
  const payloads = attacks()
  assert.equal(new Set(payloads).size, 200)
  for (const [at, attack] of payloads.entries()) {
    const product = 100 + at
    const body = { product_id: product, rating: 3, title: attack.slice(0, 150), comment: attack }
    const made = await shop.call('POST', path, { as: 'customer', body })
    assert.equal(made.status, 201, made.text)
    for (const target of [`${path}${product}/`, `${path}${made.body.id}/`]) {
      const read = await shop.call('GET', target)
      const shown = read.body.results?.[0] ?? read.body
      assert.deepEqual([shown.title, shown.comment], [body.title, body.comment])
      assert.match(read.headers.get('content-type') ?? '', /^application\/json/)
      assert.equal(read.headers.get('x-content-type-options'), 'nosniff')
    }
  }
})

/** Ten ways to run a script, each behind twenty ways out of where the text may stand. */
function attacks(): string[] {
  const ways = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '<iframe srcdoc="<script>alert(1)</script>">',
    '<a href="javascript:alert(1)">x</a>',
    '<details open ontoggle=alert(1)>',
    '<math><mtext><style><img src onerror=alert(1)>',
    '<input autofocus onfocus=alert(1)>',
    `\${alert(1)}`,
    '{{constructor.constructor("alert(1)")()}}',
  ]
  const exits = [
    '',
    '"',
    "'",
    '`',
    '">',
    "'>",
    '-->',
    ']]>',
    '</title>',
    '</textarea>',
    '</script>',
    '</style>',
    '&lt;',
    '\\',
    '\u2028',
    '%3C',
    '\u0001',
    '<!--',
    '\uFEFF',
    '"}]}',
  ]
  return ways.flatMap((way) => exits.map((exit) => exit + way))
}
