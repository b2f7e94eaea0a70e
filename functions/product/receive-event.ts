import * as z from 'zod'
import { receiveEvents, topic } from '../../shared/http/events.ts'
import { MAX_INTEGER } from '../../shared/http/params.ts'
import { rateProduct } from './queries/products.ts'

const RatingChanged = z.object({
  product_id: z.int().min(1).max(MAX_INTEGER),
  mean: z.string().regex(/^[0-5]\.\d$/),
  count: z.int().min(0).max(MAX_INTEGER),
  version: z.int().min(0),
})

export const { contract, handler } = receiveEvents('product', {
  'rating.changed': topic(RatingChanged, ({ product_id, ...rating }) =>
    rateProduct(product_id, rating),
  ),
})
