import { money, number } from '../lib/format.ts'
import type { Part } from '../lib/query.ts'
import type { Product } from '../lib/types.ts'

/** What staff may change of a product, in the order in which it is shown. */
export const fields = [
  'name',
  'price',
  'stock_count',
  'categories',
  'subcategories',
  'barcode',
  'description',
  'image',
] as const
export type Field = (typeof fields)[number]
export type Editable = Pick<Product, Field>
export type Changes = Part<'PATCH /api/v1/products/{id}/', 'body'>

/** What a field holds, for people. */
export function textOf(product: Editable, field: Field): string {
  if (field === 'price') return money(product.price)
  if (field === 'stock_count') return number(product.stock_count)
  if (field === 'categories' || field === 'subcategories')
    return product[field].map((it) => it.name).join(', ')
  return product[field] ?? ''
}

/** What of a product differs from what it should be. */
export function changesOf(seen: Editable, wanted: Editable): Changes {
  const differs = (it: Field) => keyOf(seen, it) !== keyOf(wanted, it)
  const whole = bodyOf(wanted)
  // A subcategory goes only with its category: the two are told together.
  const shelves = differs('categories') || differs('subcategories')
  const isChanged = (it: Field) =>
    it === 'categories' || it === 'subcategories' ? shelves : differs(it)
  return Object.fromEntries(
    fields
      .filter((it) => isChanged(it) && (it !== 'image' || wanted.image === null))
      .map((it) => [it, whole[it]]),
  )
}

/** All of it, as a write takes it. */
export function bodyOf(wanted: Editable) {
  const { name, price, stock_count, barcode, description } = wanted
  const ids = (field: 'categories' | 'subcategories') => wanted[field].map((it) => it.id)
  const shelves = { categories: ids('categories'), subcategories: ids('subcategories') }
  return { name, price, stock_count, barcode, description, ...shelves, image: null }
}

/** What two states of a field are compared by. */
export function keyOf(product: Editable, field: Field): string {
  const value = product[field]
  if (!Array.isArray(value)) return String(value ?? '')
  return value
    .map((it) => it.id)
    .sort((one, other) => one - other)
    .join()
}
