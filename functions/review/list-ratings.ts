import * as z from 'zod'
import { define, json } from '../../shared/http/contract.ts'
import { queryInteger } from '../../shared/http/page.ts'
import { MAX_INTEGER } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { RatingChanged } from './model.ts'
import { listRatings } from './queries/ratings.ts'

export const contract = define({
  method: 'GET',
  path: '/internal/v1/ratings/',
  summary: 'Aggregates of all reviewed products, for comparing and repairing copies',
  about: 'By product id; the last id of a page is `after` of the next, an empty page is the end.',
  access: 'service',
  query: z.object({
    after: queryInteger(0, MAX_INTEGER).default(0),
    limit: queryInteger(1, 1000).default(1000),
  }),
  reply: z.object({ results: z.array(RatingChanged) }),
})

export const handler = serve(contract, async ({ query }) =>
  json(`{"results":${await listRatings(query.after, query.limit)}}`),
)
