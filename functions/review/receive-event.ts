import * as z from 'zod'
import { receiveEvents, topic } from '../../shared/http/events.ts'
import { ProductId } from './model.ts'
import { forgetAuthor, forgetProduct, knowProducts, renameAuthor } from './queries/known.ts'

const version = z.int().min(0)

const ProductChanged = z.object({ product_id: ProductId, version, name: z.string() })
const ProductDeleted = z.object({ product_id: ProductId, version })
const UserRenamed = z.object({ user_id: z.guid(), username: z.string().min(1), version })
const UserDeleted = z.object({ user_id: z.guid() })

export const { contract, handler } = receiveEvents('review', {
  'product.changed': topic(ProductChanged, ({ product_id, version, name }) =>
    knowProducts([{ id: product_id, version, name }]),
  ),
  'product.deleted': topic(ProductDeleted, ({ product_id, version }) =>
    forgetProduct(product_id, version),
  ),
  'user.renamed': topic(UserRenamed, ({ user_id, username, version }) =>
    renameAuthor(user_id, username, version),
  ),
  'user.deleted': topic(UserDeleted, ({ user_id }) => forgetAuthor(user_id)),
})
