import { answer, define } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { type Merge, merge } from './merge.ts'
import { MergedCart } from './model.ts'
import { guestCookie, guestOf } from './owner.ts'
import { showCart } from './show.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/cart/merge/',
  summary: "Take the guest's cart over",
  about:
    "Adds the lines of the guest cart that the cookie `souk_guest` names to the caller's and ends it. It counts once, whatever is retried: a second call gets the same `merged`. Quantities stop at 999, lines at 100; `merged` tells what was added of each line. Without a guest cart nothing is merged.",
  access: 'user',
  reply: MergedCart,
  errors: ['conflict'],
})

export const handler = serve(contract, async ({ user, request }) => {
  const guestId = guestOf(request)
  const none: Merge = { merged: [], successor: null }
  const { merged, successor } = guestId === undefined ? none : await merge(user.id, guestId)
  const { cart, etag } = await showCart({ userId: user.id }, request)
  // The cart that comes next, not none: what the guest adds at this moment must not be lost.
  const cookies = successor === null ? [] : [guestCookie(successor, request)]
  return answer({ ...cart, merged }, { etag, cookies })
})
