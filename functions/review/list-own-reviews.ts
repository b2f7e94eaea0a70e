import * as z from 'zod'
import { define, json } from '../../shared/http/contract.ts'
import { pageLinks, pageOf, pageQuery, queryInteger } from '../../shared/http/page.ts'
import { MAX_INTEGER } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { OwnReview } from './model.ts'
import { listOwn } from './queries/own-lists.ts'
import { pageText } from './rules.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/reviews/mine/',
  summary: 'Your own reviews, newest first',
  about: 'Hidden ones too, with the reason.',
  access: 'user',
  query: z.object({
    ...pageQuery,
    product_id: queryInteger(1, MAX_INTEGER)
      .optional()
      .meta({ description: 'Only of this product' }),
  }),
  reply: pageOf(OwnReview).meta({ id: 'OwnReviewPage' }),
})

export const handler = serve(contract, async ({ query, user, request }) => {
  const { count, results } = await listOwn(user.id, query.product_id, query)
  return json(pageText(count, pageLinks(request, query, count), results))
})
