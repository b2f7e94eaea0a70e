import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { doors, openShop, type Shop } from '../../shared/testing/shop.ts'
import { customer } from './review-lab.ts'
import { review } from './service.ts'

const path = '/api/v1/reviews/'
const unknown = `${path}0192aaaa-0000-7000-8000-000000000000/`
let shop: Shop
let products = 0

before(async () => {
  shop = await openShop([review])
  await shop.db('review').sql`
    insert into known_product select n, 1, 'Product ' || n from generate_series(1, 99) n`
})
after(() => shop.close())

/** A new review by the customer `ann`, of a product of its own. */
async function written() {
  const body = { product_id: ++products, rating: 3, title: 'T', comment: 'C' }
  const reply = await shop.call('POST', path, { as: customer('ann'), body })
  return { ...reply.body, target: `${path}${reply.body.id}/`, list: `${path}${products}/` }
}

for (const door of doors)
  test(`${door}: its author changes it whole`, async () => {
    const { target, created_at, ...before } = await written()
    const body = { rating: 5, comment: 'Better than I thought' }
    const reply = await shop.call('PUT', target, { door, as: customer('ann'), body })
    assert.equal(reply.status, 200, reply.text)
    const { updated_at, ...rest } = reply.body
    const { list: _list, updated_at: was, ...same } = before
    assert.deepEqual(rest, { ...same, ...body, title: '', created_at })
    assert.ok(updated_at > was)
  })

describe('who may', () => {
  const matrix = [
    ['PUT', undefined, 401],
    ['PUT', customer('bob'), 403],
    ['PUT', 'staff', 403],
    ['PUT', 'superuser', 403],
    ['PUT', customer('ann'), 200],
    ['DELETE', undefined, 401],
    ['DELETE', customer('bob'), 403],
    ['DELETE', customer('ann'), 204],
    ['DELETE', 'staff', 204],
    ['DELETE', 'superuser', 204],
    ['POST', undefined, 401],
    ['POST', customer('ann'), 403],
    ['POST', 'staff', 200],
    ['POST', 'superuser', 200],
  ] as const
  for (const [method, as, status] of matrix)
    test(`${method} by ${typeof as === 'object' ? as.username : (as ?? 'nobody')}: ${status}`, async () => {
      const { target } = await written()
      const body = {
        PUT: { rating: 1 },
        POST: { action: 'hide', reason: 'spam' },
        DELETE: undefined,
      }[method]
      assert.equal((await shop.call(method, target, { as, body })).status, status)
      const isGone = method !== 'PUT' && status < 300
      assert.equal((await shop.call('GET', target)).status, isGone ? 404 : 200)
    })

  for (const method of ['PUT', 'DELETE'] as const)
    test(`${method} of one that is not there: 404`, async () => {
      const body = method === 'PUT' ? { rating: 1 } : undefined
      assert.equal((await shop.call(method, unknown, { as: 'staff', body })).status, 404)
    })
})

test('product, author and what staff and voters set cannot be changed', async () => {
  const { target } = await written()
  for (const more of [{ product_id: 9 }, { user_id: customer('bob').id }, { helpful_count: 9 }]) {
    const body = { rating: 1, ...more }
    const reply = await shop.call('PUT', target, { as: customer('ann'), body })
    assert.equal(reply.status, 400)
  }
})

test('a deleted review can be written anew', async () => {
  const { target, product_id } = await written()
  await shop.call('DELETE', target, { as: customer('ann') })
  const body = { product_id, rating: 1 }
  assert.equal((await shop.call('POST', path, { as: customer('ann'), body })).status, 201)
})

describe('moderation', () => {
  test('a hidden review leaves list and summary; only its author and staff find it', async () => {
    const { id, target, list, product_id } = await written()
    const hide = { action: 'hide', reason: 'Names a neighbour' }
    const hidden = await shop.call('POST', target, { as: 'staff', body: hide })
    assert.deepEqual(
      [hidden.body.hidden.reason, hidden.body.hidden.by],
      [hide.reason, shop.user('staff').id],
    )
    const page = (await shop.call('GET', list)).body
    assert.deepEqual([page.count, page.summary.count, page.results], [0, 0, []])
    assert.equal((await shop.call('GET', target)).status, 404)
    const mine = await shop.call('GET', `${path}mine/?product_id=${product_id}`, {
      as: customer('ann'),
    })
    assert.equal(mine.body.results[0].id, id)
    assert.equal(mine.body.results[0].hidden.reason, hide.reason)
    assert.equal(mine.body.results[0].product_name, `Product ${product_id}`)
    assert.doesNotMatch(mine.text, new RegExp(shop.user('staff').id))
    assert.equal((await shop.call('DELETE', target, { as: customer('bob') })).status, 404)
    const found = await shop.call('GET', `${path}?hidden=true&product_id=${product_id}`, {
      as: 'staff',
    })
    assert.deepEqual(
      found.body.results.map((it: { id: string }) => it.id),
      [id],
    )
    // Its author may better it, but not bring it back.
    await shop.call('PUT', target, { as: customer('ann'), body: { rating: 4 } })
    assert.equal((await shop.call('GET', list)).body.summary.count, 0)
    const restore = { action: 'restore' }
    assert.equal(
      (await shop.call('POST', target, { as: 'staff', body: restore })).body.hidden,
      null,
    )
    const after = (await shop.call('GET', list)).body
    assert.deepEqual([after.count, after.summary.mean, after.results[0].id], [1, 4, id])
    assert.equal((await shop.call('GET', target)).status, 200)
  })

  test('repeating changes nothing but the reason', async () => {
    const { target, list } = await written()
    const act = async (body: object) =>
      (await shop.call('POST', target, { as: 'staff', body })).body
    const first = await act({ action: 'hide', reason: 'a' })
    const second = await act({ action: 'hide', reason: 'b' })
    assert.deepEqual(second.hidden, { ...first.hidden, reason: 'b' })
    await act({ action: 'restore' })
    await act({ action: 'restore' })
    assert.equal((await shop.call('GET', list)).body.summary.count, 1)
  })

  for (const body of [{ action: 'hide' }, { action: 'hide', reason: '' }, { action: 'burn' }, {}])
    test(`refused: ${JSON.stringify(body)}`, async () => {
      const { target } = await written()
      assert.equal((await shop.call('POST', target, { as: 'staff', body })).status, 400)
    })

  test('staff search by words, customers do not', async () => {
    await written()
    const { id, target } = await written()
    const body = { rating: 3, comment: 'A Zweibelhäcksler of quality' }
    await shop.call('PUT', target, { as: customer('ann'), body })
    const search = `${path}?search=${encodeURIComponent('zweibelhäcksler quality')}`
    const found = await shop.call('GET', search, { as: 'staff' })
    assert.deepEqual([found.body.count, found.body.results[0]?.id], [1, id])
    assert.equal((await shop.call('GET', search, { as: customer('ann') })).status, 403)
    assert.equal((await shop.call('GET', search)).status, 401)
    const odd = `${path}?search=${encodeURIComponent(`'"&|!():*%\\`)}`
    assert.equal((await shop.call('GET', odd, { as: 'staff' })).status, 200)
    const everything = await shop.call('GET', `${path}?limit=1&hidden=false`, { as: 'staff' })
    assert.ok(everything.body.count > 1 && everything.body.next)
  })
})

describe('helpful votes', () => {
  test('one per user, however many at once, and back again', async () => {
    const { id, target, list, product_id } = await written()
    const vote = (method: string, n: number) =>
      shop.call(method, `${target}votes/`, { as: customer(n) })
    const replies = await Promise.all(Array.from({ length: 60 }, (_, at) => vote('POST', at % 20)))
    assert.ok(replies.every((it) => it.status === 200 && it.body.voted === true))
    assert.equal((await shop.call('GET', target)).body.helpful_count, 20)
    const own = await shop.call('GET', `${path}mine/votes/?product_id=${product_id}`, {
      as: customer(3),
    })
    assert.deepEqual(own.body, { review_ids: [id] })
    await Promise.all(Array.from({ length: 30 }, (_, at) => vote('DELETE', at % 10)))
    assert.equal((await shop.call('GET', list)).body.results[0].helpful_count, 10)
    const back = await vote('DELETE', 1)
    assert.deepEqual(back.body, { review_id: id, helpful_count: 10, voted: false })
    const again = await vote('POST', 1)
    assert.deepEqual(again.body, { review_id: id, helpful_count: 11, voted: true })
    assert.equal((await shop.call('DELETE', target, { as: 'staff' })).status, 204)
    const gone = await shop.db('review').sql`select from review_vote where review_id = ${id}`
    assert.equal(gone.length, 0)
  })

  test('not on an own review, one not there, a hidden one, or by nobody', async () => {
    const { target } = await written()
    const vote = (where: string, as?: ReturnType<typeof customer>) =>
      shop.call('POST', `${where}votes/`, { as })
    assert.equal((await vote(target, customer('ann'))).status, 403)
    assert.equal((await shop.call('GET', target)).body.helpful_count, 0)
    assert.equal((await vote(unknown, customer(1))).status, 404)
    assert.equal((await vote(target)).status, 401)
    await shop.call('POST', target, { as: 'staff', body: { action: 'hide', reason: 'x' } })
    assert.equal((await vote(target, customer(1))).status, 404)
  })
})
