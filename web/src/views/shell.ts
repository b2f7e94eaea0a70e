import { html, nothing, type TemplateResult } from 'lit'
import { brand } from '../brand.ts'
import { t } from '../lib/i18n.ts'
import { icon } from '../parts/icon.ts'

export type ShellModel = {
  page: unknown
  /** What was searched for, as the address says. */
  search: string
  path: string
  cartCount: number
  username?: string | undefined
  staff?: boolean
  /** Toasts, drawer and the like, which only the browser has. */
  extras?: unknown
  searchBox?: unknown
  settings?: unknown
  footer?: unknown
  onCart?: (event: Event) => void
}

/** The frame of every page; the server sends the same one. */
export function shellView(model: ShellModel): TemplateResult {
  return html`<header class="top">
      <a class="skip" href="#main">${t('skip')}</a>
      <div class="wrap bar">
        <a class="logo" href="/" aria-label=${brand.name}>${logo}<span>${brand.name}</span></a>
        <nav class="links" aria-label=${t('nav.main')}>
          ${link('/products', t('nav.all'), model.path)}
          ${link('/products?sort=new', t('nav.new'), model.path)}
          ${link('/products?sort=rating', t('nav.top'), model.path)}
        </nav>
        <shop-search class="search">${model.searchBox ?? searchForm({ value: model.search })}</shop-search>
        <div class="tools">
          ${model.settings ?? html`<span class="tool-gap"></span>`}
          ${model.staff ? html`<a class="tool" href="/staff" aria-label=${t('nav.staff')}>${icon('box')}</a>` : nothing}
          <a class="tool" href=${model.username ? '/account' : '/sign-in'} aria-label=${model.username ? `${t('nav.account')}: ${model.username}` : t('nav.signIn')}>${icon('user')}</a>
          <a class="tool" href="/cart" aria-haspopup="dialog" aria-label=${t('cart.open', { n: model.cartCount })} @click=${model.onCart}>${icon('cart')}${
            model.cartCount > 0
              ? html`<span class="badge" aria-hidden="true">${model.cartCount > 99 ? '99+' : model.cartCount}</span>`
              : nothing
          }</a>
        </div>
      </div>
    </header>
    <main id="main" tabindex="-1">${model.page}</main>
    <footer class="foot">
      <div class="wrap">
        <p class="foot-brand">${logo}<span>${brand.name}</span></p>
        <p class="muted">${t('foot.said')}</p>
        <p><a href="/status">${t('nav.status')}</a></p>
        <p class="muted small foot-answer">${model.footer ?? nothing}</p>
      </div>
    </footer>
    ${model.extras ?? nothing}`
}

export type SearchModel = {
  value: string
  open?: boolean
  active?: string | undefined
  list?: unknown
  onInput?: (event: Event) => void
  onKey?: (event: Event) => void
  onSubmit?: (event: Event) => void
  onFocus?: () => void
  onBlur?: (event: Event) => void
}

/** A plain form that works by itself; the browser makes a combobox of it. */
export function searchForm(model: SearchModel): TemplateResult {
  const isBox = model.onInput !== undefined
  return html`<form role="search" action="/products" @submit=${model.onSubmit} @focusout=${model.onBlur}>
    <label class="sr" for="search">${t('search.label')}</label>
    <input id="search" name="q" type="search" maxlength="200" placeholder=${t('search.label')} autocomplete="off" enterkeyhint="search" spellcheck="false"
      role=${isBox ? 'combobox' : nothing} aria-expanded=${isBox ? String(model.open === true) : nothing} aria-controls=${isBox ? 'search-list' : nothing} aria-autocomplete=${isBox ? 'list' : nothing} aria-activedescendant=${model.active ?? nothing}
      value=${model.value} .value=${model.value} @input=${model.onInput} @keydown=${model.onKey} @focus=${model.onFocus}>
    <button class="search-go" aria-label=${t('search.submit')}>${icon('search')}</button>
    ${model.list ?? nothing}
  </form>`
}

function link(href: string, label: string, path: string): TemplateResult {
  return html`<a href=${href} aria-current=${path === href ? 'page' : nothing}>${label}</a>`
}

const logo = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M4 30V15a12 12 0 0 1 24 0v15h-7V16a5 5 0 0 0-10 0v14z"></path></svg>`
