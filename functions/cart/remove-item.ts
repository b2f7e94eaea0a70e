import { answer, define } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { guarded } from './change.ts'
import { Cart } from './model.ts'
import { ownerOf } from './owner.ts'
import { removeLines } from './queries.ts'
import { showCart } from './show.ts'

export const contract = define({
  method: 'DELETE',
  path: '/api/v1/cart/items/{product_id}/',
  summary: 'Remove a line',
  about: 'Answers the cart without it. 404 when the product is not in the cart.',
  access: 'optional',
  params: { product_id: id.integer },
  reply: Cart,
  errors: ['not_found', 'precondition_failed'],
  example: { params: { product_id: '1' } },
})

export const handler = serve(contract, async ({ params, user, request, fail }) => {
  const owner = ownerOf(user, request)
  const removed = await guarded(owner, request, () => removeLines(owner, params.product_id))
  if (removed === 0) throw fail('not_found', 'The product is not in the cart')
  const { cart, etag } = await showCart(owner, request)
  return answer(cart, { etag })
})
