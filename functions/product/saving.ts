import { emit } from '../../shared/data/outbox.ts'
import type { File, User } from '../../shared/http/contract.ts'
import { fault } from '../../shared/http/errors.ts'
import type { ProductChanges, ProductInput, Snapshot } from './model.ts'
import { readPicture } from './picture.ts'
import { holdCategories, setCategories, setSubcategories } from './queries/links.ts'
import { keepPicture } from './queries/media.ts'
import {
  deleteProduct,
  findProduct,
  insertProduct,
  type Locked,
  lockProduct,
  type Shown,
  snapshots,
  updateProduct,
} from './queries/products.ts'
import { db, transaction } from './queries/shape.ts'
import { categoryFaults, matches, mayChange, slugOf } from './rules.ts'

/** Whoever keeps copies of names, prices, pictures and stock. */
const LISTENERS = ['cart', 'review']

/** Puts a product into the shop. Fails with `invalid_request` for unknown categories or a bad picture. */
export async function addProduct(
  input: ProductInput,
  file: File | undefined,
  user: User,
): Promise<Shown & { id: number }> {
  const picture = await readPicture(file)
  return transaction(async () => {
    await checkCategories(input)
    if (picture) await keepPicture(picture.hash, picture.renditions)
    const image = picture?.image ?? null
    const id = await insertProduct(input, { slug: slugOf(input.name), image, userId: user.id })
    return { id, ...(await shown(id)) }
  })
}

/**
 * Changes what is given of a product. Fails with `not_found`, `forbidden`, `precondition_failed` when
 * `ifMatch` names another state, and as `addProduct` does.
 */
export async function changeProduct(
  id: number,
  changes: ProductChanges,
  file: File | undefined,
  user: User,
  ifMatch: string | undefined,
): Promise<Shown> {
  const picture = await readPicture(file)
  return transaction(async () => {
    const before = await lockForChange(id, user, ifMatch)
    const { categories, subcategories, image: noImage, ...row } = changes
    if (categories || subcategories)
      await checkCategories({
        categories: categories ?? before.categories,
        subcategories: subcategories ?? [],
      })
    if (picture) await keepPicture(picture.hash, picture.renditions)
    const image = picture ? { image: picture.image } : noImage === null ? { image: null } : {}
    const { name } = changes
    const slug = name === undefined || name === before.name ? {} : { slug: slugOf(name) }
    await updateProduct(id, { ...row, ...image, ...slug })
    if (categories) await setCategories(id, categories)
    if (subcategories) await setSubcategories(id, subcategories)
    await tellChange(before)
    return shown(id)
  })
}

/** Takes a product out of the shop. Fails as `changeProduct` does. */
export async function removeProduct(
  id: number,
  user: User,
  ifMatch: string | undefined,
): Promise<void> {
  await transaction(async () => {
    const { version } = await lockForChange(id, user, ifMatch)
    await deleteProduct(id)
    await tell('product.deleted', { product_id: id, version: version + 1 })
  })
}

async function lockForChange(id: number, user: User, ifMatch: string | undefined): Promise<Locked> {
  const product = await lockProduct(id)
  if (!product) throw fault('not_found')
  if (!mayChange(user, product)) throw fault('forbidden', 'Only its owner may change a product')
  if (!matches(ifMatch, product.etag)) throw fault('precondition_failed')
  return product
}

async function checkCategories(asked: { categories: number[]; subcategories: number[] }) {
  const { known, parents } = await holdCategories(asked.categories, asked.subcategories)
  const errors = categoryFaults(asked, known, parents)
  if (errors.length > 0)
    throw fault('invalid_request', errors.map((it) => `${it.field}: ${it.message}`).join('; '), {
      errors,
    })
}

async function tellChange(before: Snapshot): Promise<void> {
  const [after] = await snapshots([before.id])
  if (!after) return
  const { id: product_id, version, name, price, image, stock_count } = after
  const isNews =
    name !== before.name ||
    price !== before.price ||
    image !== before.image ||
    stock_count !== before.stock_count
  if (isNews)
    await tell('product.changed', { product_id, version, name, price, image, stock_count })
}

async function tell(topic: string, payload: Record<string, unknown>): Promise<void> {
  for (const to of LISTENERS)
    await emit(db, { topic, to, payload, key: String(payload.product_id) })
}

async function shown(id: number): Promise<Shown> {
  const product = await findProduct(id)
  if (!product) throw new Error('a product vanished within its own transaction')
  return product
}
