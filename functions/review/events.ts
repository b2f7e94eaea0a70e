import * as z from 'zod'
import { ProductId } from './model.ts'
import { forgetAuthor, forgetProduct, knowProducts, renameAuthor } from './queries/known.ts'

const version = z.int().min(0)

const ProductChanged = z.object({ product_id: ProductId, version, name: z.string() })
const ProductDeleted = z.object({ product_id: ProductId, version })
const UserRenamed = z.object({ user_id: z.guid(), username: z.string().min(1), version })
const UserDeleted = z.object({ user_id: z.guid() })

/** Does what an event asks for; topics that mean nothing here pass. In a transaction. */
export async function apply(topic: string, payload: unknown): Promise<void> {
  switch (topic) {
    case 'product.changed': {
      const { product_id, version, name } = ProductChanged.parse(payload)
      return knowProducts([{ id: product_id, version, name }])
    }
    case 'product.deleted': {
      const { product_id, version } = ProductDeleted.parse(payload)
      return forgetProduct(product_id, version)
    }
    case 'user.renamed': {
      const { user_id, username, version } = UserRenamed.parse(payload)
      return renameAuthor(user_id, username, version)
    }
    case 'user.deleted':
      return forgetAuthor(UserDeleted.parse(payload).user_id)
  }
}
