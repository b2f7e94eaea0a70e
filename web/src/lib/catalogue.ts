import { get, type Query } from './query.ts'
import type { Category, CategoryPage, Product, ProductPage } from './types.ts'

/** Reads of the catalogue that pages share, on the server and here. */

export const categories: Query<CategoryPage> = get('GET /api/v1/categories/', {
  query: { limit: 100 },
})

export const newest = get('GET /api/v1/products/', { query: { ordering: '-created_at', limit: 8 } })

export const popular = get('GET /api/v1/products/', {
  query: { ordering: '-sales_count', limit: 8 },
})

export type Tile = Category & { image: string | null }

/** Each category with a picture of what people look at most in it. */
export const tiles: Query<Tile[]> = {
  key: 'tiles',
  path: get('GET /api/v1/products/', { query: { ordering: '-popularity', limit: 100 } }).path,
  map: (page: ProductPage) => tilesOf(page.results),
}

export function product(slug: string): Query<Product> {
  return get('GET /api/v1/products/by-slug/{slug}/', { params: { slug } })
}

export function productById(id: string): Query<Product> {
  return get('GET /api/v1/products/{id}/', { params: { id } })
}

function tilesOf(products: readonly Product[]): Tile[] {
  const found = new Map<number, Tile>()
  for (const { categories, image } of products)
    for (const category of categories)
      if (image && !found.has(category.id)) found.set(category.id, { ...category, image })
  return [...found.values()].sort((one, other) => one.id - other.id)
}

/** The pictures of a product: three of a drawn one, one of an uploaded one. */
export function views(image: string | null): string[] {
  if (image === null) return []
  if (!image.endsWith('-front.svg')) return [image]
  return ['front', 'detail', 'pair'].map((it) => image.replace(/front\.svg$/, `${it}.svg`))
}
