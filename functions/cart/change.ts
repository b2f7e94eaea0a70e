import { database } from '../../shared/data/postgres.ts'
import type { Request } from '../../shared/http/contract.ts'
import { fault } from '../../shared/http/errors.ts'
import type { Product } from './model.ts'
import type { Owner } from './owner.ts'
import { lockCart, readProduct } from './queries.ts'
import { remember } from './remember.ts'
import { type Facts, matches, most } from './rules.ts'

const { transaction } = database('cart')

/** How old knowledge of a product may be to sell by it when its service is silent. */
const GOOD_FOR_SECONDS = 60

/** Does a change of the cart's lines, under its lock if the client names the state it changes. */
export async function guarded<T>(
  owner: Owner,
  request: Request,
  change: () => Promise<T>,
): Promise<T> {
  const ifMatch = request.headers['if-match']
  if (ifMatch === undefined) return change()
  return transaction(async () => {
    if (!matches(ifMatch, await lockCart(owner))) throw fault('precondition_failed')
    return change()
  })
}

/**
 * The product to put in, as its service says now; when that is silent as it was known within the
 * last minute. Undefined when there is no such product. Fails with `unavailable` when nobody knows.
 */
export async function productToSell(
  id: number,
  facts: Facts | undefined,
): Promise<Product | undefined> {
  const known = await readProduct(id, GOOD_FOR_SECONDS)
  if (!facts) {
    if (!known) throw fault('unavailable', 'The product cannot be checked at the moment')
    return known.isGone ? undefined : known
  }
  const said = facts.get(id)
  // The line refers to it, so it must be there even when it is not news.
  if (said && (!known?.isFresh || known.isGone || known.version !== said.version))
    await remember([said])
  return said
}

/** The fault for wanting more than there is, or than one cart may hold. */
export function tooMany(stock: number): Error {
  const available = most(stock)
  return fault('insufficient_stock', `There are ${available} to be had`, {
    members: { available },
  })
}
