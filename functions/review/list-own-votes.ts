import * as z from 'zod'
import { define } from '../../shared/http/contract.ts'
import { queryInteger } from '../../shared/http/page.ts'
import { MAX_INTEGER } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { votesOf } from './queries/votes.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/reviews/mine/votes/',
  summary: 'Which reviews of a product you found helpful',
  access: 'user',
  query: z.object({
    product_id: queryInteger(1, MAX_INTEGER).meta({ description: 'Of this product' }),
  }),
  reply: z.object({ review_ids: z.array(z.guid()) }),
  example: { query: { product_id: '1' } },
})

export const handler = serve(contract, async ({ query, user }) => ({
  review_ids: await votesOf(user.id, query.product_id),
}))
