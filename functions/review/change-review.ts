import * as z from 'zod'
import { define, json } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { Review, reviewParams, written } from './model.ts'
import { changeReview, findOwner } from './queries/reviews.ts'
import { whyNot } from './rules.ts'

export const contract = define({
  method: 'PUT',
  path: '/api/v1/reviews/{review_id}/',
  summary: 'Change your review',
  about: 'A hidden one stays hidden.',
  access: 'user',
  params: reviewParams,
  body: z.strictObject(written),
  reply: Review,
  errors: ['not_found', 'forbidden'],
})

export const handler = serve(contract, async ({ params, body, user, fail }) => {
  const review = await changeReview(params.review_id, user.id, body)
  if (review === undefined) throw fail(whyNot(await findOwner(params.review_id), user))
  return json(review)
})
