import { answer, define } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { guarded } from './change.ts'
import { Cart } from './model.ts'
import { ownerOf } from './owner.ts'
import { removeLines } from './queries.ts'
import { showCart } from './show.ts'

export const contract = define({
  method: 'DELETE',
  path: '/api/v1/cart/',
  summary: 'Empty the cart',
  about: 'Answers the empty cart; also when it was empty before.',
  access: 'optional',
  reply: Cart,
  errors: ['precondition_failed'],
})

export const handler = serve(contract, async ({ user, request }) => {
  const owner = ownerOf(user, request)
  await guarded(owner, request, () => removeLines(owner))
  const { cart, etag } = await showCart(owner, request)
  return answer(cart, { etag })
})
