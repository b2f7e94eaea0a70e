import { answer, define, json } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { Category, CategoryInput } from './model.ts'
import { insertCategory } from './queries/categories.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/categories/',
  summary: 'Make a category',
  about: 'Names are unique without regard to case.',
  access: 'staff',
  body: CategoryInput,
  status: 201,
  reply: Category,
  errors: ['already_exists'],
  idempotent: true,
  example: { body: { name: 'Kitchen' } },
})

export const handler = serve(contract, async ({ body, fail }) => {
  const category = await insertCategory(body.name)
  if (!category) throw fail('already_exists', `There is a category ${body.name}`)
  return answer(json(category))
})
