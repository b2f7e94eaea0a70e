import * as z from 'zod'
import { define, json } from '../../shared/http/contract.ts'
import { pageAt, pageLinks, pageOf, pageQuery } from '../../shared/http/page.ts'
import { id } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { cursor, cursorOf } from './cursor.ts'
import { Review, Summary } from './model.ts'
import { listReviews, orderings } from './queries/list.ts'
import { pageText } from './rules.ts'

const stars = z
  .string()
  .regex(/^[1-5](,[1-5]){0,4}$/, 'must be ratings from 1 to 5, with commas')
  .transform((it) => [...new Set(it.split(',').map(Number))].sort())

export const contract = define({
  method: 'GET',
  path: '/api/v1/reviews/{product_id}/',
  summary: 'Reviews of a product',
  about:
    'With the summary of all of them; `count` is of the ratings asked for. `next` and `previous` ' +
    'hold cursors, so that a page costs the same at any depth and skips nothing when reviews come ' +
    'in meanwhile. A product nobody reviewed, known or not, has an empty page.',
  access: 'anyone',
  params: { product_id: id.integer },
  query: z.object({
    ...pageQuery,
    ordering: z.enum(orderings).default('newest'),
    rating: stars.optional().meta({ description: 'Only these ratings, e.g. `4,5`' }),
    after: cursor('Start behind this place; from `next`'),
    before: cursor('End before this place; from `previous`'),
  }),
  reply: pageOf(Review).extend({ summary: Summary }).meta({ id: 'ReviewPage' }),
  cache: { tags: ({ params }) => [`reviews:${params.product_id}`], seconds: 300 },
})

export const handler = serve(contract, async ({ params, query, request }) => {
  const { after, rating: ratings = [1, 2, 3, 4, 5] } = query
  const before = after ? undefined : query.before
  const page = await listReviews({ ...query, productId: params.product_id, ratings, before })
  const more = before ? page.last !== undefined : page.more
  const less = before ? page.more : after !== undefined
  const own = { offset: null, after: null, before: null }
  const next = more && page.last ? pageAt(request, { ...own, after: cursorOf(page.last) }) : null
  const previous = !less
    ? pageLinks(request, query, page.count).previous
    : pageAt(request, page.first ? { ...own, before: cursorOf(page.first) } : own)
  return json(pageText(page.count, { next, previous }, page.results, `,"summary":${page.summary}`))
})
