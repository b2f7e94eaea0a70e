import * as z from 'zod'
import { define, json } from '../../shared/http/contract.ts'
import { pageLinks, pageQuery } from '../../shared/http/page.ts'
import { serve } from '../../shared/http/serve.ts'
import { CategoryPage } from './model.ts'
import { listCategories } from './queries/categories.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/categories/',
  summary: 'A page of the categories',
  access: 'anyone',
  query: z.object(pageQuery),
  reply: CategoryPage,
  cache: { tags: () => ['categories'], seconds: 3600 },
})

export const handler = serve(contract, async ({ query, request }) => {
  const { results, count } = await listCategories(query.limit, query.offset)
  const links = JSON.stringify({ count, ...pageLinks(request, query, count) })
  return json(`${links.slice(0, -1)},"results":${results}}`)
})
