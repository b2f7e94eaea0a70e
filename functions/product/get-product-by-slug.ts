import * as z from 'zod'
import { answer, define, json } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { Product } from './model.ts'
import { findProductBySlug } from './queries/products.ts'
import { countView, settleViews } from './views.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/products/by-slug/{slug}/',
  summary: 'One product by its slug',
  about: 'Also by a slug that it had under a former name. Counts one view.',
  access: 'anyone',
  params: {
    slug: z
      .string()
      .max(160)
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      .meta({ param: 'text' }),
  },
  reply: Product,
  errors: ['not_found'],
  cache: { tags: ({ params }) => [`slug:${params.slug}`, 'categories'], seconds: 45 },
  example: { params: { slug: 'aria-wireless-headphones' } },
})

export const handler = serve(contract, async ({ params, fail }) => {
  const product = await findProductBySlug(params.slug)
  if (!product) throw fail('not_found')
  return answer(json(product.text), { etag: product.etag })
})

export function served(params: Record<string, string>): void {
  countView(`/${params.slug}`)
}

export const settle = settleViews
