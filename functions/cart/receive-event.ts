import * as z from 'zod'
import { once } from '../../shared/data/outbox.ts'
import { database } from '../../shared/data/postgres.ts'
import { define } from '../../shared/http/contract.ts'
import { fault } from '../../shared/http/errors.ts'
import { fieldErrors } from '../../shared/http/parse.ts'
import { serve } from '../../shared/http/serve.ts'
import { Product } from './model.ts'
import { changeProduct, dropProduct, forgetUser } from './remember.ts'

const changed = Product.omit({ id: true }).extend({ product_id: Product.shape.id })
const deleted = z.object({ product_id: Product.shape.id, version: Product.shape.version })
const user = z.object({ user_id: z.guid() })

const topics: Record<string, (payload: unknown) => Promise<void>> = {
  'product.changed': (payload) => {
    const { product_id: id, ...product } = read(changed, payload)
    return changeProduct({ id, ...product })
  },
  'product.deleted': (payload) => {
    const { product_id, version } = read(deleted, payload)
    return dropProduct(product_id, version)
  },
  'user.deleted': (payload) => forgetUser(read(user, payload).user_id),
}

function read<T>(schema: z.ZodType<T>, payload: unknown): T {
  const result = schema.safeParse(payload)
  if (result.success) return result.data
  throw fault('invalid_request', 'The payload is not that of its topic', {
    errors: fieldErrors(result.error).map((it) => ({ ...it, field: `payload.${it.field}` })),
  })
}

export const contract = define({
  method: 'POST',
  path: '/internal/v1/events/',
  summary: 'Take an event',
  about: 'Each id once; topics that are not for this service are taken and ignored.',
  access: 'service',
  body: z.strictObject({
    id: z.guid(),
    topic: z.string().min(1).max(100),
    at: z.iso.datetime({ offset: true }),
    payload: z.unknown(),
  }),
})

export const handler = serve(contract, async ({ body }) => {
  const take = Object.hasOwn(topics, body.topic) ? topics[body.topic] : undefined
  if (take) await once(database('cart'), body.id, () => take(body.payload))
  return undefined
})
