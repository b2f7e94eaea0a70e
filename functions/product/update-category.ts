import { define, json } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { Category, CategoryInput } from './model.ts'
import { renameCategory } from './queries/categories.ts'
import { violates } from './queries/violation.ts'

export const contract = define({
  method: 'PUT',
  path: '/api/v1/categories/{id}/',
  summary: 'Rename a category',
  access: 'staff',
  params: { id: id.integer },
  body: CategoryInput,
  reply: Category,
  errors: ['not_found', 'already_exists'],
  example: { body: { name: 'Kitchen & table' } },
})

export const handler = serve(contract, async ({ params, body, fail }) => {
  const category = await renameCategory(params.id, body.name).catch((error) => {
    throw violates(error, 'category_name')
      ? fail('already_exists', `There is a category ${body.name}`)
      : error
  })
  if (!category) throw fail('not_found')
  return json(category)
})
