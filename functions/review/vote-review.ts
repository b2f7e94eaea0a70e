import { define } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { Helpful, reviewParams } from './model.ts'
import { addVote } from './queries/votes.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/reviews/{review_id}/votes/',
  summary: 'Find a review helpful',
  about: 'Counts once per user, however often it is sent. One’s own review is `forbidden`.',
  access: 'user',
  params: reviewParams,
  reply: Helpful,
  errors: ['not_found', 'forbidden'],
})

export const handler = serve(contract, async ({ params, user, fail }) => {
  const vote = await addVote(params.review_id, user.id)
  if (!vote) throw fail('not_found')
  if (vote.own) throw fail('forbidden', 'This review is your own')
  return { review_id: params.review_id, helpful_count: vote.helpful_count, voted: true }
})
