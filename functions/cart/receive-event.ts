import * as z from 'zod'
import { receiveEvents, topic } from '../../shared/http/events.ts'
import { Product } from './model.ts'
import { changeProduct, dropProduct, forgetUser } from './remember.ts'

const ProductChanged = Product.omit({ id: true }).extend({ product_id: Product.shape.id })
const ProductDeleted = z.object({ product_id: Product.shape.id, version: Product.shape.version })
const UserDeleted = z.object({ user_id: z.guid() })

export const { contract, handler } = receiveEvents('cart', {
  'product.changed': topic(ProductChanged, ({ product_id: id, ...product }) =>
    changeProduct({ id, ...product }),
  ),
  'product.deleted': topic(ProductDeleted, ({ product_id, version }) =>
    dropProduct(product_id, version),
  ),
  'user.deleted': topic(UserDeleted, ({ user_id }) => forgetUser(user_id)),
})
