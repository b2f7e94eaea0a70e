import * as z from 'zod'
import { define, json } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { ProductId, Review, written } from './model.ts'
import { lookUpProduct } from './products.ts'
import { createReview, findOwnId } from './queries/reviews.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/reviews/',
  summary: 'Review a product',
  about:
    'One review per user and product: a second one is `already_exists`, with the id of the first ' +
    'in `review_id`. An unknown product is `invalid_request`; when the product service cannot be ' +
    'asked about a product not known here, `unavailable`, and nothing is stored.',
  access: 'user',
  body: z.strictObject({ product_id: ProductId, ...written }),
  status: 201,
  reply: Review,
  errors: ['invalid_request', 'already_exists', 'forbidden', 'unavailable'],
  idempotent: true,
  example: {
    body: { product_id: 1, rating: 5, title: 'Just right', comment: 'Sturdy and light.' },
  },
})

export const handler = serve(contract, async ({ body, user, request, fail }) => {
  const { product_id, ...text } = body
  let made = await createReview(product_id, user, text)
  if (
    made.review === null &&
    made.known === 'unknown' &&
    (await lookUpProduct(product_id, request))
  )
    made = await createReview(product_id, user, text)
  if (made.review !== null) return json(made.review)
  if (made.known !== 'yes')
    throw fail('invalid_request', `product_id: there is no product ${product_id}`, {
      errors: [{ field: 'product_id', message: `there is no product ${product_id}` }],
    })
  if (made.author_deleted) throw fail('forbidden', 'This account is deleted')
  // One that came at the same moment is seen only by a statement that starts after it.
  const first = made.first ?? (await findOwnId(product_id, user.id))
  throw fail('already_exists', 'You have reviewed this product already', {
    members: first ? { review_id: first } : {},
  })
})
