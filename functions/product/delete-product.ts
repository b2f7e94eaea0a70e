import { define } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { removeProduct } from './saving.ts'

export const contract = define({
  method: 'DELETE',
  path: '/api/v1/products/{id}/',
  summary: 'Take a product out of the shop',
  about: 'By its owner while staff, or a superuser.',
  access: 'staff',
  params: { id: id.integer },
  errors: ['not_found', 'precondition_failed'],
})

export const handler = serve(contract, async ({ params, user, request }) => {
  await removeProduct(params.id, user, request.headers['if-match'])
  return undefined
})
