import { answer, define, json } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { ProductQuery } from './list-query.ts'
import { listPage, tagsOf } from './listing.ts'
import { ProductPage } from './model.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/products/',
  summary: 'A page of products',
  about:
    'Every filter narrows. Ordered by id, with `search` by relevance; ties always by ascending id. ' +
    '`search` takes all its words, in any form, a misspelt one as the nearest that the shop has; words ' +
    'that more than 1000 products have are not ranked but give the most popular of them. Follow `next` for ' +
    'any number of pages: its `after` makes each as quick as the first.',
  access: 'anyone',
  query: ProductQuery,
  reply: ProductPage,
  cache: { tags: ({ query }) => tagsOf(query), seconds: 45 },
  example: { query: { search: 'wireless headphones', limit: '2' } },
})

export const handler = serve(contract, async ({ query, request }) => {
  const { text, etag } = await listPage(query, request)
  return answer(json(text), { etag })
})
