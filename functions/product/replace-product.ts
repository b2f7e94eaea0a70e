import { answer, define, json } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { Product, ProductForm, ProductInput } from './model.ts'
import { pictureUpload, UPLOADS_AT_ONCE } from './picture.ts'
import { changeProduct } from './saving.ts'

export const contract = define({
  method: 'PUT',
  path: '/api/v1/products/{id}/',
  summary: 'Replace a product',
  about:
    'By its owner while staff, or a superuser. What is left out gets its default, except the picture: ' +
    'it stays unless another is sent or `image` is null. `If-Match` guards against lost updates.',
  access: 'staff',
  params: { id: id.integer },
  body: ProductInput,
  upload: pictureUpload(ProductForm),
  reply: Product,
  errors: ['not_found', 'precondition_failed'],
  memory: 1024,
  concurrency: UPLOADS_AT_ONCE,
  example: { body: { name: 'Aria wireless headphones', price: '119.00', stock_count: 40 } },
})

export const handler = serve(contract, async ({ params, body, file, user, request }) => {
  const ifMatch = request.headers['if-match']
  const { text, etag } = await changeProduct(params.id, body, file, user, ifMatch)
  return answer(json(text), { etag })
})
