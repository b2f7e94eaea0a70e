import { answer, define } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { addInto } from './add.ts'
import { guarded, productToSell, tooMany } from './change.ts'
import { AddBody, AddedCart, MAX_LINES } from './model.ts'
import { guestCookie, ownerOf } from './owner.ts'
import { factsOf, patience } from './products.ts'
import { readCart } from './queries.ts'
import { queued } from './queued.ts'
import { most } from './rules.ts'
import { idsOf, shown } from './show.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/cart/add/',
  summary: 'Add a product to the cart',
  about:
    'Adds to the quantity of the line; two adds at once both count. A guest without a cart gets one, and the cookie `souk_guest` that names it. More than the stock, or more than 999 of one, is `insufficient_stock` with the member `available`.',
  access: 'optional',
  body: AddBody,
  reply: AddedCart,
  errors: ['not_found', 'insufficient_stock', 'cart_full', 'precondition_failed', 'unavailable'],
  idempotent: true,
  example: { body: { product_id: 1, quantity: 2 } },
})

const add = serve(contract, async ({ body, user, request, fail }) => {
  const { product_id: productId, quantity } = body
  const owner = ownerOf(user, request)
  const ids = new Set(idsOf(await readCart(owner))).add(productId)
  if (ids.size > MAX_LINES) throw fail('cart_full', `A cart holds ${MAX_LINES} lines`)
  const facts = await factsOf([...ids], request, patience.change)
  const product = await productToSell(productId, facts)
  if (!product) throw fail('not_found', 'There is no such product')
  if (quantity > most(product.stock_count)) throw tooMany(product.stock_count)
  const line = { productId, quantity, price: product.price, most: most(product.stock_count) }
  const added = await guarded(owner, request, () => addInto(owner, line))
  if (!added.lineId) throw tooMany(product.stock_count)
  const now = user ? owner : { guestId: added.cartId }
  const { cart, etag } = shown(await readCart(now), facts)
  const cookies = user ? [] : [guestCookie(added.cartId, request)]
  return answer({ status: 'success', item_id: added.lineId, ...cart }, { etag, cookies })
})

/** Asks no database for an earlier answer: it may be what keeps the others waiting. */
const refuser = () =>
  serve({ ...contract, idempotent: false }, async ({ fail }) => {
    throw fail('unavailable', 'Too many adds at once; try again in a moment')
  })

export const handler = queued(add, refuser)
