import { define } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { deleteCategory } from './queries/categories.ts'
import { violates } from './queries/violation.ts'

export const contract = define({
  method: 'DELETE',
  path: '/api/v1/categories/{id}/',
  summary: 'Delete a category and its subcategories',
  about: 'One that still has products is `in_use`.',
  access: 'staff',
  params: { id: id.integer },
  errors: ['not_found', 'in_use'],
})

export const handler = serve(contract, async ({ params, fail }) => {
  const wasThere = await deleteCategory(params.id).catch((error) => {
    throw violates(error, 'foreign key') ? fail('in_use', 'The category still has products') : error
  })
  if (!wasThere) throw fail('not_found')
  return undefined
})
