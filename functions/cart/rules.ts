import { createHash } from 'node:crypto'
import { type Cart, type CartItem, MAX_QUANTITY, type Problem, type Product } from './model.ts'

/** A product as last known; `isGone`: it is sold no more. */
export type Known = Product & { isGone: boolean; isFresh: boolean }

export type Line = {
  id: string
  productId: number
  quantity: number
  addedPrice: string
  known: Known
}

/** A cart as stored; `id` is null and `version` 0 when there is none yet. */
export type StoredCart = {
  id: string | null
  userId: string | null
  version: number
  updatedAt: string | null
  lines: Line[]
}

/** What the product service said: products by id, those that are not there absent. */
export type Facts = ReadonlyMap<number, Product>

/** How many of a product a cart may hold. */
export function most(stock: number): number {
  return Math.min(stock, MAX_QUANTITY)
}

/** The cart as a client sees it; without facts from what was last known, and marked so. */
export function view(cart: StoredCart, facts: Facts | undefined): Cart {
  const items = cart.lines.map((line) => itemOf(line, facts))
  const total = items.reduce((sum, { line_total }) => sum + cents(line_total), 0n)
  return {
    cart_id: cart.id,
    user_id: cart.userId,
    items,
    total: amount(total),
    item_count: items.reduce((sum, { quantity }) => sum + quantity, 0),
    updated_at: cart.updatedAt,
    ...(facts ? {} : { stale: true as const }),
  }
}

function itemOf(line: Line, facts: Facts | undefined): CartItem {
  const now = facts?.get(line.productId)
  const product = now ?? line.known
  const isGone = facts ? now === undefined : line.known.isGone
  const available = isGone ? 0 : product.stock_count
  return {
    product_id: line.productId,
    quantity: line.quantity,
    name: product.name,
    image: product.image,
    price: product.price,
    line_total: amount(cents(product.price) * BigInt(line.quantity)),
    available,
    problem: problemOf(line, product.price, available, isGone),
  }
}

function problemOf(line: Line, price: string, available: number, isGone: boolean): Problem | null {
  if (isGone) return 'unavailable'
  if (available === 0) return 'out_of_stock'
  if (available < line.quantity) return 'insufficient_stock'
  return cents(price) === cents(line.addedPrice) ? null : 'price_changed'
}

/** Hundredths of an amount with two places. */
export function cents(money: string): bigint {
  return BigInt(money.replace('.', ''))
}

export function amount(hundredths: bigint): string {
  const digits = hundredths.toString().padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/**
 * Entity tag of a cart as shown. Its first part changes with the lines alone; the second also when
 * a product did, which `If-None-Match` must see and `If-Match` must not mind.
 */
export function etagOf(cart: StoredCart, shown: Cart): string {
  const digest = createHash('sha1').update(JSON.stringify(shown)).digest('base64url')
  return `"${stateOf(cart)}.${digest.slice(0, 12)}"`
}

function stateOf({ id, version }: Pick<StoredCart, 'id' | 'version'>): string {
  return `${version}-${id ?? 'none'}`
}

/** Whether an `If-Match` value lets the cart be changed. */
export function matches(ifMatch: string, cart: Pick<StoredCart, 'id' | 'version'>): boolean {
  if (ifMatch.trim() === '*') return true
  const tags = [...ifMatch.matchAll(/(W\/)?"([^"]*)"/g)]
  return tags.some(([, weak, tag]) => !weak && tag?.split('.')[0] === stateOf(cart))
}

/** Products of which what is stored must be brought up to what the product service said. */
export function outdated(lines: readonly Line[], facts: Facts): { now: Product[]; gone: number[] } {
  const now: Product[] = []
  const gone: number[] = []
  for (const { known } of lines) {
    const said = facts.get(known.id)
    if (said === undefined) {
      if (!known.isGone) gone.push(known.id)
    } else if (said.version >= known.version && (!known.isFresh || differs(said, known)))
      now.push(said)
  }
  return { now, gone }
}

function differs(said: Product, known: Known): boolean {
  return known.isGone || said.version !== known.version || said.stock_count !== known.stock_count
}
