import { fromMinor, toMinor } from './format.ts'
import type { Cart, CartLine } from './types.ts'

/** What to show of a product that was put in a moment ago and is not in the answer yet. */
export type Facts = Pick<CartLine, 'name' | 'image' | 'price' | 'available'>

export type Wanted = {
  /** Quantities asked for and not answered yet, by product. */
  quantities: ReadonlyMap<number, number>
  /** Additions on their way, by product. */
  additions: ReadonlyMap<number, { quantity: number; facts: Facts }>
}

export const emptyCart: Cart = {
  cart_id: null,
  user_id: null,
  items: [],
  total: '0.00',
  item_count: 0,
  updated_at: null,
}

/** The cart as it will be when everything under way succeeds. Sums are made of whole cents. */
export function expected(cart: Cart, wanted: Wanted): Cart {
  const items = cart.items.map((it) => {
    const quantity = wanted.quantities.get(it.product_id) ?? it.quantity
    return withQuantity(it, quantity + (wanted.additions.get(it.product_id)?.quantity ?? 0))
  })
  for (const [product_id, { quantity, facts }] of wanted.additions)
    if (!cart.items.some((it) => it.product_id === product_id))
      items.push(
        withQuantity({ product_id, quantity, line_total: '', problem: null, ...facts }, quantity),
      )
  const shown = items.filter((it) => it.quantity > 0)
  return {
    ...cart,
    items: shown,
    total: fromMinor(shown.reduce((sum, it) => sum + toMinor(it.line_total), 0)),
    item_count: shown.reduce((sum, it) => sum + it.quantity, 0),
  }
}

function withQuantity(line: CartLine, quantity: number): CartLine {
  return { ...line, quantity, line_total: fromMinor(toMinor(line.price) * quantity) }
}

/** Most of a line that may be asked for. */
export function most(line: { available: number }): number {
  return Math.max(1, Math.min(line.available, 999))
}
