import { brand } from '../brand.ts'
import { categoryId, categoryPath } from '../routes.ts'
import type { Place } from './place.ts'
import { get, type Query } from './query.ts'
import type { ProductPage } from './types.ts'

export const sorts = ['featured', 'new', 'rating', 'price', '-price', 'name'] as const
export type Sort = (typeof sorts)[number] | 'relevance'

export type Filters = {
  category: number | undefined
  subcategories: readonly number[]
  search: string
  min: string
  max: string
  rating: number
  stock: boolean
  sort: Sort
  page: number
}

const orderings: Record<Sort, string> = {
  featured: '-popularity',
  relevance: 'relevance',
  new: '-created_at',
  rating: '-rank',
  price: 'price',
  '-price': '-price',
  name: 'name',
}

/** Most pages of a list that are shown one under the other. */
const MOST_PAGES = 8

/** What an address asks for. What does not fit is as if it were not there. */
export function readFilters({ url, match }: Place): Filters {
  const query = url.searchParams
  const search = (query.get('q') ?? '').trim().slice(0, 200)
  const sort = [...sorts, 'relevance' as const].find((it) => it === query.get('sort'))
  const ids = (query.get('sub') ?? '').split(',').filter((it) => /^[1-9]\d{0,9}$/.test(it))
  return {
    category: categoryId(match.params.category ?? query.get('category') ?? undefined),
    subcategories: ids.map(Number),
    search,
    min: amountOf(query.get('min')),
    max: amountOf(query.get('max')),
    rating: bounded(query.get('rating'), 0, 5),
    stock: query.get('stock') === '1',
    sort: sort ?? (search ? 'relevance' : 'featured'),
    page: Math.max(1, bounded(query.get('page'), 1, 10_000)),
  }
}

/** The address of a list with these filters; its first page unless `page` is given. */
export function listPath(
  filters: Filters,
  changes: Partial<Filters> = {},
  name: string | undefined = undefined,
): string {
  const next = { ...filters, page: 1, ...changes }
  const query = new URLSearchParams()
  if (next.search) query.set('q', next.search)
  if (next.subcategories.length > 0) query.set('sub', next.subcategories.join(','))
  if (next.min) query.set('min', next.min)
  if (next.max) query.set('max', next.max)
  if (next.rating > 0) query.set('rating', String(next.rating))
  if (next.stock) query.set('stock', '1')
  if (next.sort !== (next.search ? 'relevance' : 'featured')) query.set('sort', next.sort)
  if (next.page > 1) query.set('page', String(next.page))
  const path =
    next.category === undefined
      ? '/products'
      : categoryPath({ id: next.category, name: name ?? '' })
  const text = query.toString().replaceAll('%2C', ',')
  return text ? `${path}?${text}` : path
}

/** The first page of a list that is on the screen when `page` is asked for. */
export function firstPage(page: number): number {
  return Math.max(1, page - MOST_PAGES + 1)
}

/** One query for each page on the screen. */
export function listQueries(filters: Filters): Query<ProductPage>[] {
  const first = firstPage(filters.page)
  return Array.from({ length: filters.page - first + 1 }, (_, at) => pageQuery(filters, first + at))
}

function pageQuery(filters: Filters, page: number): Query<ProductPage> {
  return get('GET /api/v1/products/', {
    query: {
      search: filters.search,
      category: filters.category,
      subcategory: filters.subcategories.join(','),
      price__gte: filters.min,
      price__lte: filters.max,
      rank__gte: filters.rating || undefined,
      in_stock: filters.stock ? 'true' : undefined,
      ordering: orderings[filters.sort],
      facets: page === 1 ? 1 : undefined,
      limit: brand.pageSize,
      offset: (page - 1) * brand.pageSize || undefined,
    },
  })
}

function amountOf(text: string | null): string {
  const found = /^(\d{1,8})(?:\.(\d{1,2}))?$/.exec(text ?? '')
  return found ? `${Number(found[1])}.${(found[2] ?? '').padEnd(2, '0')}` : ''
}

function bounded(text: string | null, min: number, max: number): number {
  const value = Math.trunc(Number(text))
  return Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : min
}
