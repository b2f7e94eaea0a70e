import { answer, define, json } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { Product } from './model.ts'
import { findProduct } from './queries/products.ts'
import { countView, settleViews } from './views.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/products/{id}/',
  summary: 'One product',
  about: 'Counts one view.',
  access: 'anyone',
  params: { id: id.integer },
  reply: Product,
  errors: ['not_found'],
  // Renamed categories change it too; the seconds are for its counters.
  cache: { tags: ({ params }) => [`product:${params.id}`, 'categories'], seconds: 45 },
})

export const handler = serve(contract, async ({ params, fail }) => {
  const product = await findProduct(params.id)
  if (!product) throw fail('not_found')
  return answer(json(product.text), { etag: product.etag })
})

export function served(params: Record<string, string>): void {
  countView(params.id ?? '')
}

export const settle = settleViews
