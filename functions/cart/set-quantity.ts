import { answer, define } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'
import { guarded, productToSell, tooMany } from './change.ts'
import { Cart, QuantityBody } from './model.ts'
import { ownerOf } from './owner.ts'
import { factsOf, patience } from './products.ts'
import { readCart, removeLines, setLine } from './queries.ts'
import { most } from './rules.ts'
import { idsOf, shown } from './show.ts'

export const contract = define({
  method: 'PATCH',
  path: '/api/v1/cart/items/{product_id}/',
  summary: 'Set the quantity of a line',
  about:
    '0 removes the line. 404 when the product is not in the cart; `insufficient_stock` with the member `available` as for adding.',
  access: 'optional',
  params: { product_id: id.integer },
  body: QuantityBody,
  reply: Cart,
  errors: ['not_found', 'insufficient_stock', 'precondition_failed', 'unavailable'],
  example: { params: { product_id: '1' }, body: { quantity: 3 } },
})

export const handler = serve(contract, async ({ params, body, user, request, fail }) => {
  const { product_id: productId } = params
  const { quantity } = body
  const owner = ownerOf(user, request)
  const ids = idsOf(await readCart(owner))
  if (!ids.includes(productId)) throw fail('not_found', 'The product is not in the cart')
  const facts = await factsOf(ids, request, patience.change)
  let change = async () => (await removeLines(owner, productId)) > 0
  if (quantity > 0) {
    const product = await productToSell(productId, facts)
    if (!product || quantity > most(product.stock_count)) throw tooMany(product?.stock_count ?? 0)
    change = () => setLine(owner, { productId, quantity, price: product.price })
  }
  if (!(await guarded(owner, request, change)))
    throw fail('not_found', 'The product is not in the cart')
  const { cart, etag } = shown(await readCart(owner), facts)
  return answer(cart, { etag })
})
