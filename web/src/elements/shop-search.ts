import { html, nothing, type TemplateResult } from 'lit'
import { money } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import { prefs } from '../lib/prefs.ts'
import { queries } from '../lib/queries.ts'
import { get } from '../lib/query.ts'
import { go, place } from '../lib/router.ts'
import { Watch } from '../lib/store.ts'
import type { Product } from '../lib/types.ts'
import { icon } from '../parts/icon.ts'
import { categoryPath, productPath } from '../routes.ts'
import { searchForm } from '../views/shell.ts'
import { Light } from './page.ts'

type Option = { href: string; label: string; product?: Product }

const PAUSE_MS = 120
const MOST = 6

/** Search as you type: a combobox with a list of products and shelves (ARIA Authoring Practices). */
class ShopSearch extends Light {
  #text = ''
  #options: Option[] = []
  #at = -1
  #isOpen = false
  #timer = 0

  constructor() {
    super()
    new Watch(this, prefs, place)
    place.addEventListener('change', () => this.#reset())
    this.#reset()
  }

  override render(): TemplateResult {
    const isOpen = this.#isOpen && this.#text.trim() !== ''
    return searchForm({
      value: this.#text,
      open: isOpen,
      active: isOpen && this.#at >= 0 ? `option-${this.#at}` : undefined,
      list: html`<ul id="search-list" role="listbox" aria-label=${t('search.label')} ?hidden=${!isOpen}>${isOpen ? this.#options.map((it, at) => this.#option(it, at)) : nothing}</ul>
        <span class="sr" role="status">${isOpen ? t('search.hits', { n: this.#options.length }) : nothing}</span>`,
      onInput: this.#typed,
      onKey: this.#key,
      onSubmit: this.#submit,
      onFocus: () => this.#open(),
      onBlur: (event) => {
        if (!this.contains((event as FocusEvent).relatedTarget as Node)) this.#close()
      },
    })
  }

  #option(it: Option, at: number): TemplateResult {
    const choose = (event: Event) => {
      event.preventDefault()
      this.#choose(it)
    }
    return html`<li id="option-${at}" role="option" aria-selected=${String(at === this.#at)} @pointerdown=${choose}>${
      it.product
        ? html`${it.product.image ? html`<img src=${it.product.image} alt="" width="40" height="40">` : icon('box')}<span>${this.#marked(it.label)}</span><span class="muted">${money(it.product.price)}</span>`
        : html`${icon('search')}<span>${it.label}</span>`
    }</li>`
  }

  /** The label with what was typed made plain to see. */
  #marked(label: string): unknown {
    const text = this.#text.trim()
    const at = label.toLowerCase().indexOf(text.toLowerCase())
    if (at < 0 || text === '') return label
    return html`${label.slice(0, at)}<mark>${label.slice(at, at + text.length)}</mark>${label.slice(at + text.length)}`
  }

  readonly #typed = (event: Event) => {
    this.#text = (event.target as HTMLInputElement).value
    this.#at = -1
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => void this.#suggest(), PAUSE_MS)
    this.#open()
  }

  async #suggest(): Promise<void> {
    const text = this.#text.trim()
    if (text === '') return this.#close()
    const found = get('GET /api/v1/products/', { query: { search: text, limit: MOST, facets: 1 } })
    const page = await queries.fetch(found).catch(() => undefined)
    // Typed on meanwhile: this answer belongs to other words.
    if (this.#text.trim() !== text) return
    const shelves = page?.facets?.categories.slice(0, 2) ?? []
    this.#options = [
      ...(page?.results.map((it) => ({ href: productPath(it), label: it.name, product: it })) ??
        []),
      ...shelves.map((it) => ({
        href: `${categoryPath(it)}?q=${encodeURIComponent(text)}`,
        label: `${text} · ${it.name}`,
      })),
      {
        href: `/products?q=${encodeURIComponent(text)}`,
        label: page?.count === 0 ? t('search.none', { q: text }) : t('search.all', { q: text }),
      },
    ]
    this.requestUpdate()
  }

  readonly #key = (event: Event) => {
    const { key } = event as KeyboardEvent
    const last = this.#options.length - 1
    const moves: Record<string, number> = {
      ArrowDown: this.#at >= last ? 0 : this.#at + 1,
      ArrowUp: this.#at <= 0 ? last : this.#at - 1,
    }
    const to = moves[key]
    if (to !== undefined && last >= 0) {
      event.preventDefault()
      this.#at = to
      this.#open()
    } else if (key === 'Escape' && this.#isOpen) {
      event.preventDefault()
      this.#close()
    } else if (key === 'Enter') {
      const chosen = this.#isOpen ? this.#options[this.#at] : undefined
      if (chosen) {
        event.preventDefault()
        this.#choose(chosen)
      }
    }
  }

  readonly #submit = (event: Event) => {
    event.preventDefault()
    const text = this.#text.trim()
    this.#choose({
      href: text ? `/products?q=${encodeURIComponent(text)}` : '/products',
      label: text,
    })
  }

  #choose({ href }: Option): void {
    this.#close()
    this.querySelector('input')?.blur()
    go(href)
  }

  #open(): void {
    this.#isOpen = true
    this.requestUpdate()
  }

  #close(): void {
    this.#isOpen = false
    this.#at = -1
    clearTimeout(this.#timer)
    this.requestUpdate()
  }

  #reset(): void {
    this.#text = place.value.url.searchParams.get('q') ?? ''
    this.#options = []
    this.#isOpen = false
  }
}

customElements.define('shop-search', ShopSearch)
