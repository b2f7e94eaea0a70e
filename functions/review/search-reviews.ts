import * as z from 'zod'
import { define, json } from '../../shared/http/contract.ts'
import { pageLinks, pageOf, pageQuery, queryInteger } from '../../shared/http/page.ts'
import { MAX_INTEGER, safeText } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { ModeratedReview } from './model.ts'
import { MOST_COUNTED, searchReviews } from './queries/own-lists.ts'
import { pageText } from './rules.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/reviews/',
  summary: 'All reviews, for moderation, newest first',
  about: `\`count\` counts no further than ${MOST_COUNTED}; so do words, beside the newest reviews.`,
  access: 'staff',
  query: z.object({
    ...pageQuery,
    hidden: z
      .enum(['true', 'false'])
      .transform((it) => it === 'true')
      .optional()
      .meta({ description: '`true`: only hidden ones, `false`: only visible ones' }),
    product_id: queryInteger(1, MAX_INTEGER)
      .optional()
      .meta({ description: 'Only of this product' }),
    search: safeText(1, 200).optional().meta({ description: 'Words of title or comment' }),
  }),
  // Words are looked for in many rows; staff's search must not take customers' connections.
  concurrency: 8,
  reply: pageOf(ModeratedReview).meta({ id: 'ModeratedReviewPage' }),
})

export const handler = serve(contract, async ({ query, request }) => {
  const { hidden, product_id: productId, search: words } = query
  const { count, results } = await searchReviews({ hidden, productId, words }, query)
  return json(pageText(count, pageLinks(request, query, count), results))
})
