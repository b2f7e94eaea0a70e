import { define, json } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { CategoryInput, Subcategory } from './model.ts'
import { renameSubcategory } from './queries/categories.ts'
import { violates } from './queries/violation.ts'

export const contract = define({
  method: 'PUT',
  path: '/api/v1/subcategories/{id}/',
  summary: 'Rename a subcategory',
  access: 'staff',
  params: { id: id.integer },
  body: CategoryInput,
  reply: Subcategory,
  errors: ['not_found', 'already_exists'],
  example: { body: { name: 'Tea, coffee & cocoa' } },
})

export const handler = serve(contract, async ({ params, body, fail }) => {
  const subcategory = await renameSubcategory(params.id, body.name).catch((error) => {
    throw violates(error, 'subcategory_name')
      ? fail('already_exists', `Its category has a subcategory ${body.name}`)
      : error
  })
  if (!subcategory) throw fail('not_found')
  return json(subcategory)
})
