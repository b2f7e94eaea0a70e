import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeProduct } from '../functions/cart/cart-lab.ts'
import { product } from '../functions/product/service.ts'
import { effectFaults, recorder } from '../shared/testing/history.ts'
import { again, amount, measured } from '../shared/testing/proof.ts'
import { openShop, type Shop } from '../shared/testing/shop.ts'

const BUYERS = amount(500, 100)
const STOCK = amount(100, 25)
const AT_ONCE = 25

let shop: Shop

before(async () => {
  shop = await openShop([product])
})
after(() => shop.close())

test(`${BUYERS} who each take one of ${STOCK} by If-Match: exactly ${STOCK} are taken`, async (t) => {
  const path = `/api/v1/products/${await makeProduct(shop, { stock_count: STOCK })}/`
  const { entries, run } = recorder()
  /** Who took the stock down to which number. */
  const taken = new Map<number, string[]>()
  let late = 0
  const buy = async (id: string): Promise<void> => {
    for (;;) {
      const seen = await again(() => shop.call('GET', path))
      const left = seen.body.stock_count
      assert.ok(left >= 0)
      if (left === 0)
        return void entries.push({
          op: 'write',
          key: 'stock',
          id,
          start: 0,
          end: 0,
          outcome: 'fail',
        })
      const headers = { 'if-match': seen.headers.get('etag') ?? '' }
      let status = 0
      await run({ op: 'write', key: 'stock', id }, async () => {
        const body = { stock_count: left - 1 }
        ;({ status } = await again(() => shop.call('PATCH', path, { as: 'staff', body, headers })))
        return { outcome: status === 200 ? 'ok' : 'fail' }
      })
      assert.ok(status === 200 || status === 412, String(status))
      if (status === 200) return void taken.set(left - 1, [...(taken.get(left - 1) ?? []), id])
      late++
    }
  }
  let next = 0
  const buyer = async () => {
    while (next < BUYERS) await buy(`buyer ${next++}`)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, buyer))
  // One each, and no number twice: what two took would be one lost.
  const winners = [...taken.values()].flat()
  assert.deepEqual(effectFaults(entries, winners), [])
  assert.deepEqual(
    [...taken].filter(([, it]) => it.length > 1),
    [],
  )
  assert.equal(winners.length, STOCK)
  assert.equal((await shop.call('GET', path)).body.stock_count, 0)
  measured(
    t,
    `${winners.length} of ${STOCK} taken by ${BUYERS}, ${late} times too late (412), stock 0`,
  )
})
