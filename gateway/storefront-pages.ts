import type { TemplateResult } from 'lit'
import { brand } from '../web/src/brand.ts'
import {
  newest,
  popular,
  productById,
  product as productQuery,
  tiles,
  views,
} from '../web/src/lib/catalogue.ts'
import { listQueries, readFilters } from '../web/src/lib/filters.ts'
import { t } from '../web/src/lib/i18n.ts'
import type { Place } from '../web/src/lib/place.ts'
import { get } from '../web/src/lib/query.ts'
import { type Region, shownOf } from '../web/src/lib/region.ts'
import { readReviews, reviewPath, reviewQueries } from '../web/src/lib/reviews.ts'
import type { Product, ReviewPage } from '../web/src/lib/types.ts'
import { categoryPath, productPath } from '../web/src/routes.ts'
import { homeView } from '../web/src/views/home.ts'
import { listTitle, listView } from '../web/src/views/list.ts'
import { notFoundView } from '../web/src/views/not-found.ts'
import { productView } from '../web/src/views/product.ts'
import { reviewsView } from '../web/src/views/reviews.ts'
import type { PageData } from './storefront-data.ts'

/** What the server says of a page; texts are made when they are asked for, in the page's language. */
export type ServedPage = {
  status: number
  /** Where the page is instead. */
  location?: string
  title: () => string
  description: () => string
  canonical: string
  image?: string | undefined
  /** The picture that is largest at first; fetched before all others. */
  picture?: string | undefined
  /** Structured data (schema.org). */
  facts?: unknown[]
  /** Kept out of search engines. */
  isPrivate?: boolean
  view?: () => TemplateResult
  /** The page's module, fetched before the scripts ask for it. */
  module: string
}

/** Makes ready what is sent for a place. */
export function servePage(place: Place, data: PageData, origin: string): Promise<ServedPage> {
  const { name } = place.match
  if (name === 'home') return home(data)
  if (name === 'list' || name === 'category') return list(place, data, origin)
  if (name === 'product') return product(place, data, origin)
  if (name === 'productById') return byId(place, data)
  return Promise.resolve(plain(place))
}

async function home(data: PageData): Promise<ServedPage> {
  const [shelves, selling, fresh] = await Promise.all([
    data.load(tiles),
    data.load(popular),
    data.load(newest),
  ])
  return {
    status: 200,
    title: () => `${brand.name}. ${t('home.title')}`,
    description: () => t('home.text'),
    canonical: '/',
    picture: shownOf(shelves)?.[0]?.image ?? undefined,
    view: () => homeView({ tiles: shelves, popular: selling, newest: fresh }),
    module: 'home',
  }
}

async function list(place: Place, data: PageData, origin: string): Promise<ServedPage> {
  const filters = readFilters(place)
  const id = filters.category
  const treeQuery =
    id === undefined
      ? undefined
      : get('GET /api/v1/categories/{id}/subcategories/', { params: { id } })
  const [tree, ...pages] = await Promise.all([
    data.load(treeQuery),
    ...listQueries(filters).map((it) => data.load(it)),
  ])
  if (data.isMissing) return missing()
  const category = shownOf(tree)
  const path = category ? categoryPath(category) : '/products'
  const name = () => listTitle({ filters, tree: category })
  return {
    status: 200,
    title: () => `${name()} · ${brand.name}`,
    description: () => `${name()}. ${t('home.text')}`,
    canonical: filters.page > 1 ? `${path}?page=${filters.page}` : path,
    isPrivate: filters.search !== '',
    picture: shownOf(pages[0])?.results[0]?.image ?? undefined,
    ...(category
      ? {
          facts: [
            breadcrumbs(origin, [
              ['/products', t('list.title')],
              [path, category.name],
            ]),
          ],
        }
      : {}),
    view: () => listView({ filters, pages, tree: category }),
    module: 'list',
  }
}

async function product(place: Place, data: PageData, origin: string): Promise<ServedPage> {
  const region = await data.load(productQuery(place.match.params.slug ?? ''))
  if (data.isMissing) return missing()
  const item = shownOf(region)
  const reading = readReviews(place.url)
  const reviews: Region<ReviewPage>[] = item
    ? await Promise.all(reviewQueries(item.id, reading).map((it) => data.load(it)))
    : []
  const view = Number(place.url.searchParams.get('view') ?? 1) || 1
  return {
    status: 200,
    title: () => (item ? `${item.name} · ${brand.name}` : brand.name),
    description: () => item?.description.slice(0, 160) ?? t('home.text'),
    canonical: item ? productPath(item) : place.url.pathname,
    image: item?.image ?? undefined,
    picture: views(item?.image ?? null)[view - 1],
    facts: item ? productFacts(item, origin) : [],
    view: () =>
      productView({
        product: region,
        view,
        like: undefined,
        reviews: reviewsView({
          pages: reviews,
          only: reading.stars,
          sort: reading.order,
          at: (changes) => reviewPath(place.url, changes),
        }),
      }),
    module: 'product',
  }
}

/** Sends on to the address by slug; when the service is late, the page itself finds out. */
async function byId(place: Place, data: PageData): Promise<ServedPage> {
  const item = shownOf(await data.load(productById(place.match.params.id ?? '')))
  if (data.isMissing) return missing()
  const waiting = { ...plain(place), module: 'product' }
  if (!item) return waiting
  return { ...waiting, status: 302, location: productPath(item) + place.url.search }
}

function plain({ match, url }: Place): ServedPage {
  if (match.name === 'notFound') return missing()
  const titles: Partial<Record<typeof match.name, () => string>> = {
    cart: () => t('cart.title'),
    signIn: () => t('nav.signIn'),
    register: () => t('register.title'),
    status: () => t('status.title'),
  }
  const title = titles[match.name] ?? (() => t('account.title'))
  return {
    status: 200,
    title: () => `${title()} · ${brand.name}`,
    description: () => t('home.text'),
    canonical: url.pathname,
    isPrivate: match.name !== 'status',
    module: match.name.replace(/Section|Item/, '').replace('signIn', 'sign-in'),
  }
}

function missing(): ServedPage {
  return {
    status: 404,
    title: () => `${t('notFound.title')} · ${brand.name}`,
    description: () => t('notFound.text'),
    canonical: '/',
    isPrivate: true,
    view: notFoundView,
    module: 'not-found',
  }
}

function productFacts(item: Product, origin: string): unknown[] {
  const url = origin + productPath(item)
  const [category] = item.categories
  const trail: [string, string][] = [['/products', t('list.title')]]
  if (category) trail.push([categoryPath(category), category.name])
  return [
    {
      '@context': 'https://schema.org',
      '@type': 'Product',
      name: item.name,
      description: item.description,
      url,
      ...(item.image ? { image: origin + item.image } : {}),
      ...(item.barcode ? { gtin: item.barcode } : {}),
      ...(item.rating_count > 0
        ? {
            aggregateRating: {
              '@type': 'AggregateRating',
              ratingValue: item.rank,
              reviewCount: item.rating_count,
            },
          }
        : {}),
      offers: {
        '@type': 'Offer',
        url,
        price: item.price,
        priceCurrency: brand.currency,
        availability: `https://schema.org/${item.stock_count > 0 ? 'InStock' : 'OutOfStock'}`,
      },
    },
    breadcrumbs(origin, [...trail, [productPath(item), item.name]]),
  ]
}

function breadcrumbs(origin: string, trail: [string, string][]): unknown {
  return {
    '@context': 'https://schema.org',
    '@type': 'BreadcrumbList',
    itemListElement: trail.map(([path, name], at) => ({
      '@type': 'ListItem',
      position: at + 1,
      name,
      item: origin + path,
    })),
  }
}
