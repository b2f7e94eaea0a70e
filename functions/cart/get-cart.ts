import { answer, define } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { Cart } from './model.ts'
import { ownerOf } from './owner.ts'
import { showCart } from './show.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/cart/',
  summary: "The caller's cart",
  about:
    "By the access token, else by the guest cookie `souk_guest`; an empty cart if there is none. Prices and stock are the product service's of this moment; `stale: true` when it could not be asked. The `ETag` serves `If-Match` of every change.",
  access: 'optional',
  reply: Cart,
})

export const handler = serve(contract, async ({ user, request }) => {
  const { cart, etag } = await showCart(ownerOf(user, request), request)
  return answer(cart, { etag })
})
