import type { Api } from '../../../functions/catalog.ts'

/** The shapes the pages speak of, all taken from the services' contracts. */
export type Product = Api['GET /api/v1/products/{id}/']['reply']
export type ProductPage = Api['GET /api/v1/products/']['reply']
export type CategoryPage = Api['GET /api/v1/categories/']['reply']
export type Category = CategoryPage['results'][number]
export type CategoryTree = Api['GET /api/v1/categories/{id}/subcategories/']['reply']
export type Cart = Api['GET /api/v1/cart/']['reply']
export type CartLine = Cart['items'][number]
export type ReviewPage = Api['GET /api/v1/reviews/{product_id}/']['reply']
export type Review = ReviewPage['results'][number]
export type OwnReview = Api['GET /api/v1/reviews/mine/']['reply']['results'][number]
export type User = Api['GET /api/v1/users/me/']['reply']
export type Session = Api['GET /api/v1/users/me/sessions/']['reply']['results'][number]

/** One service as the status page shows it. */
export type ServiceStatus = {
  name: string
  instances: { url: string; up: boolean; version?: string; ms?: number }[]
}
