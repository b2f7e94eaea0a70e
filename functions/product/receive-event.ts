import * as z from 'zod'
import { once } from '../../shared/data/outbox.ts'
import { define } from '../../shared/http/contract.ts'
import { MAX_INTEGER } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { rateProduct } from './queries/products.ts'
import { db } from './queries/shape.ts'

const RatingChanged = z.object({
  product_id: z.int().min(1).max(MAX_INTEGER),
  mean: z.string().regex(/^[0-5]\.\d$/),
  count: z.int().min(0).max(MAX_INTEGER),
  version: z.int().min(0),
})

export const contract = define({
  method: 'POST',
  path: '/internal/v1/events/',
  summary: 'Take an event of another service, once',
  access: 'service',
  body: z.object({
    id: z.guid(),
    topic: z.string().max(100),
    at: z.string(),
    payload: z.unknown(),
  }),
})

export const handler = serve(contract, async ({ body }) => {
  await once(db, body.id, async () => {
    if (body.topic !== 'rating.changed') return
    const { product_id, ...rating } = RatingChanged.parse(body.payload)
    await rateProduct(product_id, rating)
  })
  return undefined
})
