import { html, nothing, type TemplateResult } from 'lit'
import { categories } from '../lib/catalogue.ts'
import { t } from '../lib/i18n.ts'
import { Loaded } from '../lib/loaded.ts'
import { get } from '../lib/query.ts'
import { shownOf } from '../lib/region.ts'
import { toasts } from '../lib/toasts.ts'
import type { CategoryPage, Product, ProductPage } from '../lib/types.ts'
import { icon } from '../parts/icon.ts'
import { region } from '../parts/states.ts'
import { pageOf, ROWS } from './address.ts'
import { readPrice, readStock, typedPrice } from './amounts.ts'
import { askDelete } from './delete-product.ts'
import { chooser, finder, ghostRows, noneFound, pager, sayRefused } from './parts.ts'
import { textOf } from './product-fields.ts'
import { type CellFault, mayChange, productRow } from './product-row.ts'
import { Room } from './room.ts'
import { saveProduct } from './saving.ts'

type Cell = 'price' | 'stock_count'

/** What the shop sells: found, and changed in place. */
class StaffProducts extends Room {
  static override properties = { url: { attribute: false } }
  url = new URL(location.href)
  readonly #page = new Loaded<ProductPage>(this, () => [listQuery(this.url)])
  readonly #categories = new Loaded<CategoryPage>(this, () => [categories])
  /** As they will be when what is under way succeeds, or are since it did. */
  readonly #own = new Map<number, Product>()
  /** What is under way, by product. */
  readonly #queue = new Map<number, Promise<Product>>()
  #fault: CellFault | undefined

  override render(): TemplateResult {
    const shelves = shownOf(this.#categories.region)?.results ?? []
    return html`<div class="staff-head"><h1 tabindex="-1">${t('staff.products')}</h1><a class="button" href="/staff/products/new">${icon('plus')}${t('staff.new')}</a></div>
      <div class="staff-tools">
        ${finder(t('staff.find.products'))}
        ${chooser('category', t('filters.category'), [['', t('staff.allCategories')], ...shelves.map((it) => [String(it.id), it.name] as const)])}
        ${chooser('stock', t('staff.stock'), [
          ['', t('staff.stock.all')],
          ['in', t('staff.stock.in')],
          ['out', t('staff.stock.out')],
        ])}
        ${chooser('sort', t('staff.sort'), [
          ['', t('staff.sort.new')],
          ['name', t('staff.sort.name')],
          ['price', t('staff.sort.price')],
          ['-price', t('staff.sort.-price')],
          ['sold', t('staff.sort.sold')],
        ])}
      </div>
      ${region(this.#page.region, (page) => this.#table(page), ghostRows)}`
  }

  #table({ results, count }: ProductPage): TemplateResult {
    if (results.length === 0) return noneFound(this.url)
    const isOld = this.#page.region.state === 'loading'
    const ours = results.filter(mayChange).length
    return html`<p class="hint" id="in-place">${ours > 0 ? t('staff.inPlace') : nothing} ${ours < results.length ? t('staff.locked') : nothing}</p>
      <table class="goods ${isOld ? 'old' : ''}" role="table">
      <caption class="sr">${t('staff.products')}</caption>
      <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">${t('staff.product')}</th><th role="columnheader" scope="col">${t('staff.price')}</th><th role="columnheader" scope="col">${t('staff.stock')}</th><th role="columnheader" scope="col">${t('staff.rating')}</th><th role="columnheader" scope="col">${t('staff.sold')}</th><th role="columnheader" scope="col"><span class="sr">${t('staff.actions')}</span></th></tr></thead>
      <tbody role="rowgroup">${results.map((it) => this.#row(it))}</tbody>
    </table>${pager(this.url, count)}`
  }

  #row(served: Product): TemplateResult {
    const own = this.#own.get(served.id)
    // Once the list tells of a later state, that one counts.
    const isNewer = own && (this.#queue.has(served.id) || own.updated_at >= served.updated_at)
    const product = isNewer ? own : served
    return productRow({
      product,
      busy: this.#queue.has(served.id),
      fault: this.#fault?.id === served.id ? this.#fault : undefined,
      onPrice: (event) => this.#typed(event, product, 'price'),
      onStock: (event) => this.#typed(event, product, 'stock_count'),
      onDelete: () => void this.#delete(product),
    })
  }

  #typed(event: Event, product: Product, cell: Cell): void {
    const input = event.target as HTMLInputElement
    const wanted =
      cell === 'price'
        ? withPrice(product, readPrice(input.value))
        : withStock(product, readStock(input.value))
    if (!wanted) {
      const text = t(cell === 'price' ? 'staff.badPrice' : 'staff.badStock')
      this.#fault = { id: product.id, cell, text }
      this.requestUpdate()
      input.focus()
      return
    }
    this.#fault = undefined
    input.value = cell === 'price' ? typedPrice(wanted.price) : String(wanted.stock_count)
    if (wanted[cell] !== product[cell]) this.#save(product, wanted, cell)
    else this.requestUpdate()
  }

  /** Shows it at once, and sends it after what is under way for the same product. */
  #save(product: Product, wanted: Product, cell: Cell): void {
    const { id } = product
    const before = this.#queue.get(id) ?? Promise.resolve(product)
    const sent = before.then((base) => this.#send(base, { ...base, [cell]: wanted[cell] }, cell))
    this.#own.set(id, wanted)
    this.#queue.set(id, sent)
    this.requestUpdate()
    void sent.then((now) => {
      if (this.#queue.get(id) !== sent) return
      this.#queue.delete(id)
      this.#own.set(id, now)
      this.requestUpdate()
    })
  }

  /** The product as it is afterwards, whatever became of it. */
  async #send(before: Product, wanted: Product, cell: Cell): Promise<Product> {
    try {
      const { outcome, product } = await saveProduct(before, wanted)
      const { name } = product
      if (outcome === 'saved') this.#say(before, product, cell)
      else if (outcome === 'open') toasts.say(t('staff.nothing'))
      else toasts.say(t('staff.conflict.taken', { name }), { tone: 'good' })
      return product
    } catch (error) {
      sayRefused(error)
      return before
    }
  }

  #say(before: Product, now: Product, cell: Cell): void {
    const { name, stock_count: n } = now
    const text =
      cell === 'price'
        ? t('staff.saved.price', { name, value: textOf(now, 'price') })
        : n === 0
          ? t('staff.saved.stockNone', { name })
          : t('staff.saved.stock', { name, n })
    const run = () => {
      const shown = this.#own.get(now.id) ?? now
      this.#save(shown, { ...shown, [cell]: before[cell] }, cell)
    }
    toasts.say(text, { tone: 'good', action: { label: t('undo'), run } })
  }

  async #delete(product: Product): Promise<void> {
    if (await askDelete(product)) {
      this.requestUpdate()
      await this.updateComplete
      this.querySelector('h1')?.focus()
    }
  }
}

function withPrice(product: Product, price: string | undefined): Product | undefined {
  return price === undefined ? undefined : { ...product, price }
}

function withStock(product: Product, stock_count: number | undefined): Product | undefined {
  return stock_count === undefined ? undefined : { ...product, stock_count }
}

const orderings: Record<string, string> = {
  name: 'name',
  price: 'price',
  '-price': '-price',
  sold: '-sales_count',
}
const stocks: Record<string, string> = { in: 'true', out: 'false' }

function listQuery(url: URL) {
  const of = (name: string) => url.searchParams.get(name) ?? ''
  const search = of('find').slice(0, 200)
  return get('GET /api/v1/products/', {
    query: {
      search,
      category: /^\d{1,9}$/.test(of('category')) ? of('category') : undefined,
      in_stock: stocks[of('stock')],
      ordering: orderings[of('sort')] ?? (search ? 'relevance' : '-created_at'),
      limit: ROWS,
      offset: (pageOf(url) - 1) * ROWS || undefined,
    },
  })
}

customElements.define('staff-products', StaffProducts)
