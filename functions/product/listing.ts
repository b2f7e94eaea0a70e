import { etagOf } from '../../shared/http/conditional.ts'
import type { Request } from '../../shared/http/contract.ts'
import { pageAt } from '../../shared/http/page.ts'
import { cursorOf } from './cursor.ts'
import type { ProductQuery } from './list-query.ts'
import { countFacets } from './queries/facets.ts'
import { MOST_COUNTED } from './queries/filters.ts'
import { isKey, type Listed, listProducts, type Order } from './queries/list.ts'
import { readSearch } from './queries/search.ts'

/** They change all the time, and are told to lag: they make no other entity. */
const COUNTERS = /"popularity":\d+,"sales_count":\d+,/g

/** A page of products as JSON text, and its entity tag. */
export async function listPage(
  query: ProductQuery,
  request: Request,
): Promise<{ text: string; etag: string }> {
  const { limit, offset, after, ordering, facets, search: typed, ...asked } = query
  const filters = { ...asked, query: typed ? await readSearch(typed) : undefined }
  const list = (order: Order, many = false) =>
    // A cursor of another ordering says nothing here; its offset still does.
    listProducts({
      filters,
      order,
      limit,
      offset,
      after: after?.by === order.by ? after : undefined,
      many,
    })
  const order = orderOf(ordering, typed)
  const [page, facetText] = await Promise.all([
    order.by === 'relevance' ? listHits(list) : list(order),
    facets ? countFacets(filters) : undefined,
  ])
  if (!page) throw new Error('only relevance can be refused')
  const { last, count, more } = page
  const behind = last && isKey(last.by) ? cursorOf(last) : null
  const next = more ? pageAt(request, { limit, offset: offset + limit, after: behind }) : null
  const before = { limit, offset: Math.max(0, offset - limit), after: null }
  const previous = offset > 0 ? pageAt(request, before) : null
  const links = JSON.stringify({
    count,
    ...(page.capped && { count_capped: true }),
    next,
    previous,
  })
  const rest = facetText ? `,"facets":${facetText}` : ''
  const head = `${links.slice(0, -1)},"results":`
  const text = `${head}${page.results}${rest}}`
  return { text, etag: etagOf(head, ...page.results.split(COUNTERS), `${rest}}`) }
}

/** Fewer favourites than this say little; all that fit are then few enough to be read. */
const FEW = 60

/**
 * The page of a search: the best first, where no more fit than are ranked; else of the favourites that
 * fit, or where those are too many as well, of all, the most looked at first.
 */
async function listHits(
  list: (order: Order, many?: boolean) => Promise<Listed | undefined>,
): Promise<Listed | undefined> {
  const favoured = await list({ by: 'favour' })
  const isEnough = favoured !== undefined && favoured.count >= FEW
  // Finding all of very many takes long, even to learn that there are too many.
  if (isEnough && !favoured.isOver && favoured.likely > 2 * MOST_COUNTED) return favoured
  const ranked = favoured?.isOver ? undefined : await list({ by: 'relevance' })
  if (ranked || (isEnough && !favoured.isOver)) return ranked ?? favoured
  return list({ by: 'popularity', down: true }, true)
}

/** What a page of products depends on: those of its categories, or all. */
export function tagsOf({ category, subcategory }: ProductQuery): string[] {
  const tags = category?.length
    ? category.map((id) => `category:${id}`)
    : subcategory?.length
      ? subcategory.map((id) => `subcategory:${id}`)
      : ['products']
  return [...tags, 'categories']
}

function orderOf(ordering: string | undefined, typed: string | undefined): Order {
  const by = ordering?.replace('-', '') ?? 'relevance'
  if (isKey(by)) return { by, down: ordering?.startsWith('-') ?? false }
  return typed ? { by: 'relevance' } : { by: 'id', down: false }
}
