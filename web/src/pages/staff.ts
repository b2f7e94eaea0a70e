import { html, nothing, type TemplateResult } from 'lit'
import { Page } from '../elements/page.ts'
import '../text/more.ts'
import '../staff/texts.ts'
import '../staff/staff.css'
import { type Failure, failureOf } from '../lib/failure.ts'
import { t } from '../lib/i18n.ts'
import { queries } from '../lib/queries.ts'
import { go } from '../lib/router.ts'
import { session } from '../lib/session.ts'
import { Watch } from '../lib/store.ts'
import { failed } from '../parts/states.ts'
import { ghostRows } from '../staff/parts.ts'
import '../staff/staff-categories.ts'
import '../staff/staff-product.ts'
import '../staff/staff-products.ts'
import '../staff/staff-reviews.ts'
import '../staff/staff-users.ts'
import { notFoundView } from '../views/not-found.ts'

const names = {
  products: 'staff.products',
  categories: 'staff.categories',
  users: 'staff.users',
  reviews: 'staff.reviews',
} as const
type Section = keyof typeof names

/** The shop's own rooms; the services refuse whoever is no staff, whatever is shown here. */
class PageStaff extends Page {
  #failure: Failure | undefined

  constructor() {
    super()
    new Watch(this, session)
  }

  get #section(): Section {
    return (this.place.match.params.section ?? 'products') as Section
  }

  override get heading(): string {
    return t(names[this.#section])
  }

  override connectedCallback(): void {
    super.connectedCallback()
    session.addEventListener('change', this.#left)
    void this.#enter()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    session.removeEventListener('change', this.#left)
  }

  override render(): TemplateResult {
    const { state, person } = session.value
    if (state === 'unsure' && this.#failure)
      return html`<div class="wrap narrow"><h1 class="sr" tabindex="-1">${t('staff.title')}</h1>${failed(this.#failure, this.#enter)}</div>`
    if (state !== 'in' || !person)
      return html`<div class="wrap staff"><h1 class="sr" tabindex="-1">${t('staff.title')}</h1>${ghostRows()}</div>`
    if (!person.staff && !person.superuser)
      return html`<div class="wrap narrow"><div class="notice"><h1 tabindex="-1">${t('staff.only')}</h1><p>${t('staff.onlyText', { name: person.username })}</p><a class="button" href="/">${t('staff.toShop')}</a></div></div>`
    const { id } = this.place.match.params
    if (id !== undefined && !(this.#section === 'products' && /^(new|[1-9]\d{0,9})$/.test(id)))
      return html`${notFoundView()}`
    return html`<div class="wrap staff">
      <nav class="staff-nav" aria-label=${t('staff.sections')}><ul>${Object.entries(names).map(([path, name]) => html`<li><a href="/staff/${path}" aria-current=${path !== this.#section ? nothing : id ? 'true' : 'page'}>${t(name)}</a></li>`)}</ul></nav>
      ${this.#room(id)}
    </div>`
  }

  #room(id: string | undefined): TemplateResult {
    const { url } = this.place
    if (id !== undefined)
      return html`<staff-product .product=${id === 'new' ? 0 : Number(id)}></staff-product>`
    if (this.#section === 'categories') return html`<staff-categories></staff-categories>`
    if (this.#section === 'users') return html`<staff-users .url=${url}></staff-users>`
    if (this.#section === 'reviews') return html`<staff-reviews .url=${url}></staff-reviews>`
    return html`<staff-products .url=${url}></staff-products>`
  }

  readonly #enter = async () => {
    this.#failure = undefined
    this.requestUpdate()
    try {
      if (!(await session.token())) this.#signIn()
    } catch (error) {
      this.#failure = failureOf(error)
      this.requestUpdate()
    }
  }

  /** What only staff may see goes with them. */
  readonly #left = () => {
    if (!session.isGuest) return
    queries.forget('/api/v1/reviews/?')
    this.#signIn()
  }

  #signIn(): void {
    const { pathname, search } = this.place.url
    if (this.isConnected)
      go(`/sign-in?to=${encodeURIComponent(pathname + search)}`, { replace: true })
  }
}

customElements.define('page-staff', PageStaff)

export { PageStaff as page }
