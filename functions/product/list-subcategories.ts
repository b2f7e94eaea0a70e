import { define, json } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { CategoryTree } from './model.ts'
import { findCategoryTree } from './queries/categories.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/categories/{id}/subcategories/',
  summary: 'One category with its subcategories',
  access: 'anyone',
  params: { id: id.integer },
  reply: CategoryTree,
  errors: ['not_found'],
  cache: { tags: () => ['categories'], seconds: 3600 },
})

export const handler = serve(contract, async ({ params, fail }) => {
  const tree = await findCategoryTree(params.id)
  if (!tree) throw fail('not_found')
  return json(tree)
})
