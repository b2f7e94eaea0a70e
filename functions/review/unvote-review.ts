import { define } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { Helpful, reviewParams } from './model.ts'
import { removeVote } from './queries/votes.ts'

export const contract = define({
  method: 'DELETE',
  path: '/api/v1/reviews/{review_id}/votes/',
  summary: 'Take a helpful vote back',
  about: 'Without a vote to take back the answer is the same.',
  access: 'user',
  params: reviewParams,
  reply: Helpful,
  errors: ['not_found'],
})

export const handler = serve(contract, async ({ params, user, fail }) => {
  const vote = await removeVote(params.review_id, user.id)
  if (!vote) throw fail('not_found')
  return { review_id: params.review_id, helpful_count: vote.helpful_count, voted: false }
})
