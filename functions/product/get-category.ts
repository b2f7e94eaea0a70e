import { define, json } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { Category } from './model.ts'
import { findCategory } from './queries/categories.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/categories/{id}/',
  summary: 'One category',
  access: 'anyone',
  params: { id: id.integer },
  reply: Category,
  errors: ['not_found'],
  cache: { tags: () => ['categories'], seconds: 3600 },
})

export const handler = serve(contract, async ({ params, fail }) => {
  const category = await findCategory(params.id)
  if (!category) throw fail('not_found')
  return json(category)
})
