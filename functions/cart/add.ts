import pg from 'pg'
import { fault } from '../../shared/http/errors.ts'
import { MAX_LINES } from './model.ts'
import type { Owner } from './owner.ts'
import { addLine } from './queries.ts'

/** A guest's cart may end, by being merged, between finding and locking it; hardly twice. */
const TRIES = 3

/**
 * Adds to the owner's cart, of a guest to the one that lives; `lineId` is null when it would be too
 * many. Fails with `cart_full`.
 */
export async function addInto(
  owner: Owner,
  line: Parameters<typeof addLine>[1],
): Promise<{ cartId: string; lineId: string | null }> {
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const { cartId, lineId } = await addLine(owner, line)
      if (cartId !== null) return { cartId, lineId }
    }
  } catch (error) {
    // The database counts lines under the cart's lock; only it can tell that there are too many.
    if (error instanceof pg.DatabaseError && error.constraint === 'cart_at_most_100_lines')
      throw fault('cart_full', `A cart holds ${MAX_LINES} lines`)
    throw error
  }
  throw fault('conflict', 'The cart is being merged; try again')
}
