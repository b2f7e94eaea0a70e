import { html, nothing, type TemplateResult } from 'lit'
import { Page } from '../elements/page.ts'
import '../elements/shop-qty.ts'
import type { ShopQty } from '../elements/shop-qty.ts'
import { call } from '../lib/api.ts'
import { cart } from '../lib/cart.ts'
import { most } from '../lib/cart-view.ts'
import { productById, product as productQuery } from '../lib/catalogue.ts'
import { failureOf } from '../lib/failure.ts'
import { t } from '../lib/i18n.ts'
import { Loaded } from '../lib/loaded.ts'
import { queries } from '../lib/queries.ts'
import { get, type Query } from '../lib/query.ts'
import { reasonOf } from '../lib/reason.ts'
import { shownOf } from '../lib/region.ts'
import { readReviews, reviewPath, reviewQueries } from '../lib/reviews.ts'
import { go } from '../lib/router.ts'
import { noteSeen } from '../lib/seen.ts'
import { session } from '../lib/session.ts'
import { Watch } from '../lib/store.ts'
import { toasts } from '../lib/toasts.ts'
import type { Product, ProductPage, Review, ReviewPage } from '../lib/types.ts'
import { quickAdd } from '../parts/adding.ts'
import { productPath } from '../routes.ts'
import { productView } from '../views/product.ts'
import { reviewsView } from '../views/reviews.ts'

class PageProduct extends Page {
  #quantity = 1
  readonly #product = new Loaded<Product>(this, () => [this.#query])
  readonly #reviews = new Loaded<ReviewPage>(this, () =>
    this.#item ? reviewQueries(this.#item.id, readReviews(this.place.url)) : [],
  )
  readonly #like = new Loaded<ProductPage>(this, () => [likeQuery(this.#item)])
  readonly #votes = new Loaded<{ review_ids: string[] }>(this, () =>
    session.value.state === 'in' && this.#item
      ? [
          get('GET /api/v1/reviews/mine/votes/', {
            query: { product_id: this.#item.id },
            as: 'user',
          }),
        ]
      : [],
  )

  constructor() {
    super()
    new Watch(this, session)
  }

  get #query(): Query<Product> {
    const { slug, id } = this.place.match.params
    return id ? productById(id) : productQuery(slug ?? '')
  }

  get #item(): Product | undefined {
    return shownOf(this.#product.region)
  }

  override get heading(): string {
    return this.#item?.name ?? ''
  }

  override render(): TemplateResult {
    const product = this.#item
    return productView({
      product: this.#product.region,
      view: Number(this.place.url.searchParams.get('view') ?? 1) || 1,
      like: this.#like.region,
      reviews: product ? this.#reviewsOf(product) : nothing,
      quantity: product
        ? html`<shop-qty .value=${this.#quantity} .max=${most({ available: product.stock_count })} .name=${product.name} @change=${this.#count}></shop-qty>`
        : nothing,
      onAdd: () => void this.#add(),
      onQuickAdd: quickAdd,
    })
  }

  protected override updated(): void {
    super.updated()
    if (this.#item) noteSeen(this.#item.id)
    if (this.#item && this.place.match.params.id) this.#moveTo(this.#item)
    if (this.#item && !session.isGuest) void import('../elements/review-form.ts')
  }

  /** From the address by id to the one that people share. */
  #moveTo(product: Product): void {
    queries.put(productQuery(product.slug).key, product)
    const { search, hash } = this.place.url
    go(productPath(product) + search + hash, { replace: true })
  }

  #reviewsOf(product: Product): TemplateResult {
    const view = readReviews(this.place.url)
    const helped = new Set(shownOf(this.#votes.region)?.review_ids)
    return reviewsView({
      pages: this.#reviews.regions,
      only: view.stars,
      sort: view.order,
      at: (changes) => reviewPath(this.place.url, changes),
      form: session.isGuest
        ? this.#invitation()
        : html`<review-form .product=${product.id}></review-form>`,
      reader: session.value.person?.id,
      helped,
      onHelpful: (review) => void this.#helpful(review, helped.has(review.id)),
    })
  }

  #invitation(): TemplateResult {
    const to = encodeURIComponent(`${this.place.url.pathname}${this.place.url.search}#reviews`)
    return html`<p><a class="button quiet" href="/sign-in?to=${to}">${t('reviews.signIn')}</a></p>`
  }

  readonly #count = (event: Event) => {
    this.#quantity = (event.target as ShopQty).value
  }

  async #add(): Promise<void> {
    const product = this.#item
    if (product && (await cart.add(product, this.#quantity))) location.hash = '#cart'
  }

  async #helpful(review: Review, was: boolean): Promise<void> {
    if (session.isGuest) return toasts.say(t('fault.unauthenticated'))
    const params = { review_id: review.id }
    try {
      if (was) await call('DELETE /api/v1/reviews/{review_id}/votes/', { params, as: 'user' })
      else await call('POST /api/v1/reviews/{review_id}/votes/', { params, as: 'user' })
      queries.invalidate('/api/v1/reviews/')
    } catch (error) {
      toasts.say(reasonOf(failureOf(error)), { tone: 'bad' })
    }
  }
}

function likeQuery(product: Product | undefined) {
  const category = product?.categories[0]?.id
  if (category === undefined) return undefined
  return get('GET /api/v1/products/', { query: { category, ordering: '-popularity', limit: 5 } })
}

customElements.define('page-product', PageProduct)

export { PageProduct as page }
