import { answer, define, json } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { Product, ProductForm, ProductInput } from './model.ts'
import { pictureUpload, UPLOADS_AT_ONCE } from './picture.ts'
import { addProduct } from './saving.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/products/',
  summary: 'Put a product into the shop',
  about:
    'It belongs to the caller. As `multipart/form-data` it may bring its picture in the part `image`: ' +
    'JPEG, PNG, WebP or AVIF by content, 5 MB and 40 megapixels at most. Lists of ids are then text ' +
    'with commas. Unknown categories are refused by name.',
  access: 'staff',
  body: ProductInput,
  upload: pictureUpload(ProductForm),
  status: 201,
  reply: Product,
  idempotent: true,
  memory: 1024,
  concurrency: UPLOADS_AT_ONCE,
  example: { body: { name: 'Aria wireless headphones', price: '129.00', stock_count: 42 } },
})

export const handler = serve(contract, async ({ body, file, user }) => {
  const { id, text, etag } = await addProduct(body, file, user)
  return answer(json(text), { etag, headers: { location: `/api/v1/products/${id}/` } })
})
