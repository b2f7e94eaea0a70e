import { define, json } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { CategoryInput, Subcategory } from './model.ts'
import { insertSubcategory } from './queries/categories.ts'
import { violates } from './queries/violation.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/categories/{id}/subcategories/',
  summary: 'Make a subcategory of a category',
  about: 'Names are unique within the category, without regard to case.',
  access: 'staff',
  params: { id: id.integer },
  body: CategoryInput,
  status: 201,
  reply: Subcategory,
  errors: ['not_found', 'already_exists'],
  idempotent: true,
  example: { body: { name: 'Tea & coffee' } },
})

export const handler = serve(contract, async ({ params, body, fail }) => {
  const subcategory = await insertSubcategory(params.id, body.name).catch((error) => {
    throw violates(error, 'foreign key') ? fail('not_found') : error
  })
  if (!subcategory) throw fail('already_exists', `It has a subcategory ${body.name}`)
  return json(subcategory)
})
