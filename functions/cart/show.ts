import type { Request } from '../../shared/http/contract.ts'
import { log } from '../../shared/runtime/log.ts'
import type { Cart } from './model.ts'
import type { Owner } from './owner.ts'
import { factsOf, patience } from './products.ts'
import { readCart } from './queries.ts'
import { remember } from './remember.ts'
import { etagOf, type Facts, outdated, type StoredCart, view } from './rules.ts'

/** The owner's cart as it is now, with one call for all its products. */
export async function showCart(
  owner: Owner,
  request: Request,
): Promise<{ cart: Cart; etag: string }> {
  const stored = await readCart(owner)
  const facts = await factsOf(idsOf(stored), request, patience.show)
  await keepUp(stored, facts)
  return shown(stored, facts)
}

/** A cart read already, with facts at hand. */
export function shown(stored: StoredCart, facts: Facts | undefined): { cart: Cart; etag: string } {
  const cart = view(stored, facts)
  return { cart, etag: etagOf(stored, cart) }
}

export function idsOf(stored: StoredCart): number[] {
  return stored.lines.map(({ productId }) => productId)
}

/** Brings what is remembered of the cart's products up to date. The cart is right without it. */
async function keepUp(stored: StoredCart, facts: Facts | undefined): Promise<void> {
  if (!facts) return
  const { now, gone } = outdated(stored.lines, facts)
  if (now.length === 0 && gone.length === 0) return
  try {
    await remember(now, gone)
  } catch (error) {
    log.warn('what was learnt of products could not be stored', { error })
  }
}
