import { define } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { reviewParams } from './model.ts'
import { deleteReview, findOwner } from './queries/reviews.ts'
import { isStaff, whyNot } from './rules.ts'

export const contract = define({
  method: 'DELETE',
  path: '/api/v1/reviews/{review_id}/',
  summary: 'Delete your review, or as staff anybody’s',
  access: 'user',
  params: reviewParams,
  errors: ['not_found', 'forbidden'],
})

export const handler = serve(contract, async ({ params, user, fail }) => {
  const deleted = await deleteReview(params.review_id, isStaff(user) ? 'anybody' : user.id)
  if (deleted === 0) throw fail(whyNot(await findOwner(params.review_id), user))
  return undefined
})
