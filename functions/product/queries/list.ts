import type { Part, Statement } from '../../../shared/data/postgres.ts'
import type { Place } from '../cursor.ts'
import { MOST_FAVOURITES } from './favourites.ts'
import { conditions, type Filters, type Links, linksOf, MOST_COUNTED, totalOf } from './filters.ts'
import { productJson, sql } from './shape.ts'

/** In a shop of a million, a page of so many is found as fast by sorting them as along an ordering of all. */
const MOST_SORTED = 3000

type Key = { column: Part; type: Part; counted?: true }

/** What products can be ordered by; for each there are two indexes, up and down, both with the id up. */
const keys = {
  id: { column: sql`p.id`, type: sql`int` },
  price: { column: sql`p.price`, type: sql`numeric` },
  name: { column: sql`(lower(p.name) collate "C")`, type: sql`text` },
  created_at: { column: sql`p.created_at`, type: sql`timestamptz` },
  rank: { column: sql`p.rank`, type: sql`numeric` },
  popularity: { column: sql`n.popularity`, type: sql`bigint`, counted: true },
  sales_count: { column: sql`n.sales_count`, type: sql`bigint`, counted: true },
} satisfies Record<string, Key>

export type Order =
  | { by: keyof typeof keys; down: boolean }
  /** Of a search: the best, or the most looked at of those that are looked at much. */
  | { by: 'relevance' | 'favour' }

export type Wanted = {
  filters: Filters
  order: Order
  limit: number
  offset: number
  after?: Place | undefined
  /** That more fit than are counted, when that is known. */
  many?: boolean
}

export type Listed = {
  /** JSON text of an array. */
  results: string
  count: number
  capped: boolean
  /** Whether more fit than are counted. */
  isOver: boolean
  /** Of favourites: how many may fit in the whole shop. */
  likely: number
  /** Whether there are products behind these. */
  more: boolean
  /** Of the last product; without `value` there can be no cursor. */
  last: Place | undefined
}

export function isKey(by: string): by is keyof typeof keys {
  return Object.hasOwn(keys, by)
}

type Row = {
  results: string
  count: number
  total: number
  more: boolean
  value: string | null
  id: number | null
}

/**
 * One page of products, and how many fit the filters: one statement. Undefined when relevance is
 * asked for and more than `MOST_COUNTED` fit.
 */
export async function listProducts(wanted: Wanted): Promise<Listed | undefined> {
  const { filters, order } = wanted
  const statement = listStatement(wanted)
  // Through a filter it is the filter's values that decide which index is good.
  if (totalOf(filters)?.kind !== 'all') statement.planned()
  const row = await statement.one()
  if (!row) throw new Error('an aggregate without a row')
  const { count, total, value, id, ...page } = row
  if (order.by === 'relevance' && count > MOST_COUNTED) return undefined
  const capped = order.by === 'favour' || (totalOf(filters) === undefined && count > MOST_COUNTED)
  return {
    ...page,
    capped,
    isOver: count > MOST_COUNTED,
    likely: (count * total) / MOST_FAVOURITES,
    count: Math.min(count, capped ? MOST_COUNTED : count),
    last: value !== null && id !== null ? { by: order.by, value, id } : undefined,
  }
}

export function listStatement(wanted: Wanted): Statement<Row> {
  const { limit, filters, order } = wanted
  const hits =
    order.by === 'relevance' ? hitsOf(filters) : order.by === 'favour' && favouritesOf(filters)
  const links = linksToSort(wanted)
  const page = 'down' in order ? pageOf(wanted, order) : hitPage(wanted, order.by)
  const direction = 'down' in order && !order.down ? sql`asc` : sql`desc`
  return sql<Row>`
    with ${hits ? sql`hit as materialized (${hits}),` : sql``}
    ${links ? sql`few as materialized (${fewOf(links, filters)}),` : sql``}
    page as materialized (${page}),
    placed as (select id, key, row_number() over (order by key ${direction}, id) as at from page),
    shown as (
      select at, placed.id, key, ${productJson} as json
      from placed join product_count n on n.product_id = placed.id
      join product_shown s on s.product_id = placed.id
      where at <= ${sql.whole(limit)})
    select '[' || coalesce(string_agg(json, ',' order by at), '') || ']' as results,
      (${hits ? sql`select count(*) from hit` : countOf(wanted)}) as count,
      (${order.by === 'favour' ? countOf({ ...wanted, filters: {} }) : sql`0`}) as total,
      (select count(*) from page) > ${sql.whole(limit)} as more,
      (array_agg(key::text order by at desc))[1] as value, (array_agg(id order by at desc))[1] as id
    from shown`
}

function hitsOf(filters: Filters): Part {
  return sql`
    select p.id, p.document from product p where ${conditions(filters)} limit ${MOST_COUNTED + 1}`
}

function favouritesOf({ query, ...filters }: Filters): Part {
  const rest = Object.values(filters).some((it) => it !== undefined)
  const among = rest ? sql`join product p on p.id = f.product_id and ${conditions(filters)}` : sql``
  return sql`
    select f.product_id as id, f.popularity from product_favourite f ${among}
    where f.document @@ ${query ?? ''}::tsquery limit ${MOST_COUNTED + 1}`
}

/** `id, key` of the products of the page, and of one more if there is one; of `hit`. */
function hitPage({ filters, limit, offset }: Wanted, by: 'relevance' | 'favour'): Part {
  // Weights of D, C, B, A: a word in the name counts five times one in the description.
  const rank = sql`ts_rank('{0, 0, 0.2, 1}', document, ${filters.query ?? ''}::tsquery)`
  return sql`
    select id, ${by === 'relevance' ? rank : sql`popularity`} as key
    from hit where (select count(*) from hit) <= ${MOST_COUNTED}
    order by key desc, id limit ${limit + 1} offset ${offset}`
}

type Sorted = Exclude<Order, { by: 'relevance' | 'favour' }>

/** The same for an ordering that has an index. */
function pageOf(wanted: Wanted, order: Sorted): Part {
  const { filters } = wanted
  const { counted }: Key = keys[order.by]
  const products = counted
    ? sql`product p join product_count n on n.product_id = p.id`
    : sql`product p`
  const links = linksOf(filters)
  if (!links) return walk(wanted, order, { from: products, where: conditions(filters) })
  if (isOfLinks(order)) return walk(wanted, order, { ...links, id: sql`p.product_id` })
  // PostgreSQL takes the products of a category for everywhere in an ordering, at any price. Where they
  // are not, it would walk through all of the shop for a page; where they are few, they are sorted.
  const isFew = fewEnough(countOf(wanted))
  const direction = order.down ? sql`desc` : sql`asc`
  return sql`
    (${walk(wanted, order, { from: sql`few f, ${products}`, where: sql`${isFew} and f.id = p.id` })})
    union all
    (${walk(wanted, order, { from: products, where: sql`not ${isFew} and ${links.fits}` })})
    order by key ${direction}, id`
}

/** In the ordering, from the page before on; where `from` has an index of it, along that. */
function walk(
  { limit, offset, after }: Wanted,
  order: Sorted,
  { from, where, id = sql`p.id` }: { from: Part; where: Part; id?: Part },
): Part {
  const end = sql`limit ${sql.whole(limit + 1)}`
  const { column, type }: Key = order.by === 'id' ? { ...keys.id, column: id } : keys[order.by]
  const direction = order.down ? sql`desc` : sql`asc`
  const select = (condition: Part, by: Part) => sql`
    select ${id} as id, ${column} as key from ${from} where ${where} and ${condition} order by ${by}`
  const sorted = sql`${column} ${direction}, ${id}`
  if (!after)
    return sql`${select(sql`true`, sorted)} ${end} ${offset === 0 ? sql`` : sql`offset ${offset}`}`
  const value = sql`${after.value}::${type}`
  if (order.by === 'id')
    return sql`${select(order.down ? sql`${id} < ${value}` : sql`${id} > ${value}`, sorted)} ${end}`
  // Two ranges of the one index: the rest of those with the same key, then those beyond it. One
  // condition for both would read all with the same key from their beginning.
  const beyond = order.down ? sql`${column} < ${value}` : sql`${column} > ${value}`
  return sql`
    (${select(sql`${column} = ${value} and ${id} > ${after.id}`, id)} ${end})
    union all
    (${select(beyond, sorted)} ${end})
    order by key ${direction}, id ${end}`
}

/** Links have indexes of these orderings themselves. */
function isOfLinks(order: Order): boolean {
  return order.by === 'id' || order.by === 'price'
}

/** The links from which the page has to be sorted, if they are few. */
function linksToSort({ filters, order }: Wanted): Links | undefined {
  return isOfLinks(order) ? undefined : linksOf(filters)
}

/** Those, and one more than are sorted; none where it is known that there are more. */
function fewOf({ from, where }: Links, filters: Filters): Part {
  const total = keptTotal(filters)
  return sql`
    select p.product_id as id from ${from} where ${where} and ${total ? fewEnough(total) : sql`true`}
    limit ${sql.whole(MOST_SORTED + 1)}`
}

function fewEnough(count: Part): Part {
  return sql`(${count}) <= ${sql.whole(MOST_SORTED)}`
}

/** How many fit, one more than are counted or sorted at most; from the kept totals where there is one. */
function countOf(wanted: Wanted): Part {
  const { filters, many } = wanted
  if (many) return sql`${MOST_COUNTED + 1}::int`
  const total = keptTotal(filters)
  if (total) return total
  if (linksToSort(wanted)) return sql`select count(*) from few`
  const { from, where } = linksOf(filters) ?? {
    from: sql`product p`,
    where: conditions(filters),
  }
  return sql`
    select count(*) from (
      select from ${from} where ${where} limit ${MOST_COUNTED + 1}) as fitting`
}

function keptTotal(filters: Filters): Part | undefined {
  const total = totalOf(filters)
  return (
    total &&
    sql`
      select coalesce(sum(count), 0)::int from product_total
      where kind = ${total.kind} and id = ${total.id}`
  )
}
