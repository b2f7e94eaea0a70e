import { define, json } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { ModeratedReview, Moderation, reviewParams } from './model.ts'
import { hideReview, restoreReview } from './queries/reviews.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/reviews/{review_id}/',
  summary: 'Hide a review with a reason, or restore it',
  about: 'A hidden review leaves list and summary; its author sees the reason. Repeating is safe.',
  access: 'staff',
  params: reviewParams,
  body: Moderation,
  reply: ModeratedReview,
  errors: ['not_found'],
  example: { body: { action: 'hide', reason: 'Tells a private address' } },
})

export const handler = serve(contract, async ({ params, body, user, fail }) => {
  const review =
    body.action === 'hide'
      ? await hideReview(params.review_id, user.id, body.reason)
      : await restoreReview(params.review_id)
  if (review === undefined) throw fail('not_found')
  return json(review)
})
