import { REVIEWS_PAGE, type ReviewSort, reviewSorts } from '../views/reviews.ts'
import { get, type Query } from './query.ts'
import type { ReviewPage } from './types.ts'

export type ReviewView = { stars: number; order: ReviewSort; reviews: number }

const MOST_PAGES = 20

/** Which reviews an address asks for. */
export function readReviews(url: URL): ReviewView {
  const stars = Number(url.searchParams.get('stars'))
  const pages = Math.trunc(Number(url.searchParams.get('reviews')))
  return {
    stars: [1, 2, 3, 4, 5].includes(stars) ? stars : 0,
    order: reviewSorts.find((it) => it === url.searchParams.get('order')) ?? 'newest',
    reviews: Math.min(MOST_PAGES, Math.max(1, pages || 1)),
  }
}

/** The same address with other reviews; another choice starts at its first page. */
export function reviewPath(url: URL, changes: Partial<ReviewView>): string {
  const next = { ...readReviews(url), reviews: 1, ...changes }
  const query = new URLSearchParams(url.search)
  const put = (name: string, value: string) => (value ? query.set(name, value) : query.delete(name))
  put('stars', next.stars ? String(next.stars) : '')
  put('order', next.order === 'newest' ? '' : next.order)
  put('reviews', next.reviews > 1 ? String(next.reviews) : '')
  return `${url.pathname}${query.size > 0 ? `?${query}` : ''}`
}

/** One query for each page of reviews that is on the screen. */
export function reviewQueries(product: number, view: ReviewView): Query<ReviewPage>[] {
  return Array.from({ length: view.reviews }, (_, at) =>
    get('GET /api/v1/reviews/{product_id}/', {
      params: { product_id: product },
      query: {
        ordering: view.order === 'newest' ? undefined : view.order,
        rating: view.stars || undefined,
        limit: REVIEWS_PAGE,
        offset: at * REVIEWS_PAGE || undefined,
      },
    }),
  )
}
