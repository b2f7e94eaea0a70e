import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyCart, expected } from './cart-view.ts'

const line = {
  product_id: 1,
  quantity: 2,
  name: 'Cup',
  image: null,
  price: '0.10',
  line_total: '0.20',
  available: 9,
  problem: null,
}
const cart = { ...emptyCart, items: [line], total: '0.20', item_count: 2 }
const none = { quantities: new Map(), additions: new Map() }

test('with nothing under way the cart is as the service said', () => {
  assert.deepEqual(expected(cart, none), cart)
})

test('wishes are shown at once, in whole cents', () => {
  const shown = expected(cart, { ...none, quantities: new Map([[1, 3]]) })
  assert.deepEqual([shown.total, shown.item_count], ['0.30', 3])
  const gone = expected(cart, { ...none, quantities: new Map([[1, 0]]) })
  assert.deepEqual([gone.items, gone.total, gone.item_count], [[], '0.00', 0])
})

test('an addition joins its line, or makes one', () => {
  const facts = { name: 'Pot', image: null, price: '19.99', available: 3 }
  const additions = new Map([
    [1, { quantity: 1, facts: line }],
    [2, { quantity: 2, facts }],
  ])
  const shown = expected(cart, { ...none, additions })
  assert.deepEqual(
    shown.items.map((it) => [it.name, it.quantity, it.line_total]),
    [
      ['Cup', 3, '0.30'],
      ['Pot', 2, '39.98'],
    ],
  )
  assert.equal(shown.total, '40.28')
})
