import type { Part } from '../../../shared/data/postgres.ts'
import { sql } from './shape.ts'

export type Filters = {
  price__gt?: string | undefined
  price__gte?: string | undefined
  price__lt?: string | undefined
  price__lte?: string | undefined
  name?: string | undefined
  category?: readonly number[] | undefined
  subcategory?: readonly number[] | undefined
  rank__gte?: string | undefined
  in_stock?: boolean | undefined
  ids?: readonly number[] | undefined
  /** PostgreSQL's query; null finds nothing. */
  query?: string | null | undefined
}

/**
 * Neither counted nor ranked further: a page must cost the same in a shop of a million products. Words
 * that more have tell none of them apart, and every one would have to be read.
 */
export const MOST_COUNTED = 1000

/** Conditions on `product p`, joined by `and`; `true` when nothing is asked. */
export function conditions(filters: Filters): Part {
  const parts: Part[] = []
  const add = <T>(value: T | undefined, part: (value: T) => Part) => {
    if (value !== undefined) parts.push(part(value))
  }
  add(filters.price__gt, (it) => sql`p.price > ${it}::numeric`)
  add(filters.price__gte, (it) => sql`p.price >= ${it}::numeric`)
  add(filters.price__lt, (it) => sql`p.price < ${it}::numeric`)
  add(filters.price__lte, (it) => sql`p.price <= ${it}::numeric`)
  add(filters.rank__gte, (it) => sql`p.rank >= ${it}::numeric`)
  // The index is on the lower case, in which names are sorted.
  add(
    filters.name,
    (it) => sql`(lower(p.name) collate "C") = lower(${it}::text) and p.name = ${it}`,
  )
  add(filters.in_stock, (it) => (it ? sql`p.in_stock` : sql`not p.in_stock`))
  add(filters.ids, (it) => sql`p.id = any (${it}::int[])`)
  add(
    filters.category,
    (it) => sql`exists (
      select from product_category l where l.product_id = p.id and ${oneOf('category_id', it)})`,
  )
  add(
    filters.subcategory,
    (it) => sql`exists (
      select from product_subcategory l where l.product_id = p.id and ${oneOf('subcategory_id', it)})`,
  )
  add(filters.query, (it) => (it === null ? sql`false` : sql`p.document @@ ${it}::tsquery`))
  return parts.length > 0 ? sql.join(parts, sql` and `) : sql`true`
}

export type Links = {
  from: Part
  where: Part
  /** The same as a condition on `product p`. */
  fits: Part
}

/**
 * The links `p` to one category or subcategory, `p.product_id` and `p.price`, that say alone which
 * products fit, when nothing but prices narrows them: they lie together, where the products themselves
 * are all over the shop.
 */
export function linksOf(filters: Filters): Links | undefined {
  const { category, subcategory, price__gt, price__gte, price__lt, price__lte, ...rest } = filters
  if (Object.values(rest).some((it) => it !== undefined)) return undefined
  const prices = conditions({ price__gt, price__gte, price__lt, price__lte })
  const links = (from: Part, where: Part): Links => ({
    from,
    where,
    fits: sql`exists (
      select from (select p.product_id from ${from} where ${where}) as l where l.product_id = p.id)`,
  })
  if (category?.length === 1 && !subcategory)
    return links(sql`product_category p`, sql`p.category_id = ${category[0]} and ${prices}`)
  if (subcategory?.length === 1 && !category)
    return links(
      sql`product_subcategory p`,
      sql`p.subcategory_id = ${subcategory[0]} and ${prices}`,
    )
  return undefined
}

function oneOf(column: string, ids: readonly number[]): Part {
  const name = sql.identifier(`l.${column}`)
  return ids.length === 1 ? sql`${name} = ${ids[0]}` : sql`${name} = any (${ids}::int[])`
}

/** The row of `product_total` that holds how many products fit, when there is one. */
export function totalOf(filters: Filters): { kind: string; id: number } | undefined {
  const asked = Object.entries(filters).filter(([, value]) => value !== undefined)
  if (asked.length === 0) return { kind: 'all', id: 0 }
  const [key, value] = asked[0] ?? []
  const isOne = asked.length === 1 && Array.isArray(value) && value.length === 1
  if (!isOne || (key !== 'category' && key !== 'subcategory')) return undefined
  return { kind: key, id: Number(value[0]) }
}
