import { define, json } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { ReviewDetail, reviewParams } from './model.ts'
import { findVisible } from './queries/reviews.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/reviews/{review_id}/',
  summary: 'One review',
  about: 'One that staff hid is `not_found` here; its author finds it in `/api/v1/reviews/mine/`.',
  access: 'anyone',
  params: reviewParams,
  reply: ReviewDetail,
  errors: ['not_found'],
  cache: { tags: ({ params }) => [`review:${params.review_id}`, 'known-products'], seconds: 300 },
})

export const handler = serve(contract, async ({ params, fail }) => {
  const review = await findVisible(params.review_id)
  if (review === undefined) throw fail('not_found')
  return json(review)
})
