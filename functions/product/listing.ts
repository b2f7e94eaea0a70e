import type { Request } from '../../shared/http/contract.ts'
import { pageAt } from '../../shared/http/page.ts'
import { cursorOf } from './cursor.ts'
import type { ProductQuery } from './list-query.ts'
import { countFacets } from './queries/facets.ts'
import { isKey, listProducts, type Order } from './queries/list.ts'
import { readSearch } from './queries/search.ts'

/** A page of products as JSON text. */
export async function listPage(query: ProductQuery, request: Request): Promise<string> {
  const { limit, offset, after, ordering, facets, search: typed, ...asked } = query
  const search = typed ? await readSearch(typed) : undefined
  const filters = { ...asked, query: search?.query }
  const order = orderOf(ordering, search)
  // A cursor of another ordering says nothing here; its offset still does.
  const place = after?.by === order.by ? after : undefined
  const [page, facetText] = await Promise.all([
    listProducts({ filters, order, limit, offset, after: place }),
    facets ? countFacets(filters) : undefined,
  ])
  const { last, count, more } = page
  const behind = last && order.by !== 'relevance' ? cursorOf(last) : null
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
  return `${links.slice(0, -1)},"results":${page.results}${rest}}`
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

function orderOf(ordering: string | undefined, search: { is_common: boolean } | undefined): Order {
  const down = ordering?.startsWith('-') ?? false
  const by = ordering?.replace('-', '') ?? 'relevance'
  if (isKey(by)) return { by, down }
  if (!search) return { by: 'id', down: false }
  return search.is_common ? { by: 'popularity', down: true } : { by: 'relevance' }
}
