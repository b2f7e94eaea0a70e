import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { brand } from '../brand.ts'
import { type Failure, failureOf } from '../lib/failure.ts'
import { t } from '../lib/i18n.ts'
import { go } from '../lib/router.ts'
import { toasts } from '../lib/toasts.ts'
import type { Product } from '../lib/types.ts'
import { field } from '../parts/field.ts'
import { Sending } from '../parts/form.ts'
import { failed } from '../parts/states.ts'
import { productPath } from '../routes.ts'
import { readPrice, readStock, typedPrice } from './amounts.ts'
import { askDelete } from './delete-product.ts'
import { ghostRows } from './parts.ts'
import './picture-drop.ts'
import type { PictureDrop } from './picture-drop.ts'
import { changesOf, type Editable } from './product-fields.ts'
import { mayChange } from './product-row.ts'
import { Room } from './room.ts'
import { createProduct, readProduct, saveProduct } from './saving.ts'
import './shelf-picker.ts'
import type { ShelfPicker } from './shelf-picker.ts'

const blank: Editable = {
  name: '',
  price: '',
  stock_count: 0,
  barcode: '',
  description: '',
  image: null,
  categories: [],
  subcategories: [],
}

/** One product as a form; a new one when `product` is 0. */
class StaffProduct extends Room {
  static override properties = { product: { type: Number } }
  product = 0
  #seen: Product | undefined
  #failure: Failure | undefined
  #progress: number | undefined
  #attempt = crypto.randomUUID()
  /** Another one makes the form anew, with what it was given. */
  #round = 0
  readonly #sending = new Sending(this)

  override connectedCallback(): void {
    super.connectedCallback()
    window.addEventListener('beforeunload', this.#leaving)
    window.navigation?.addEventListener('navigate', this.#going)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    window.removeEventListener('beforeunload', this.#leaving)
    window.navigation?.removeEventListener('navigate', this.#going)
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('product') || this.#seen?.id === this.product) return
    this.#seen = undefined
    this.#round++
    if (this.product > 0) void this.#load()
  }

  override render(): TemplateResult {
    const title = html`<h1 class="sr" tabindex="-1">${t('staff.product')}</h1>`
    if (this.#failure) return html`${title}${failed(this.#failure, () => void this.#load())}`
    if (this.product > 0 && !this.#seen) return html`${title}${ghostRows()}`
    const seen = this.#seen
    const isOurs = !seen || mayChange(seen)
    return html`<div class="staff-head"><h1 tabindex="-1">${seen ? seen.name : t('staff.new')}</h1>${
      seen ? html`<a href=${productPath(seen)}>${t('staff.view')}</a>` : nothing
    }</div>
      ${isOurs ? nothing : html`<p class="note">${t('staff.readOnly')}</p>`}
      ${this.#anew(this.#form(seen ?? blank, isOurs))}
      ${
        seen && isOurs
          ? html`<div class="danger"><button class="link bad" @click=${this.#delete}>${t('staff.delete.of', { name: seen.name })}</button></div>`
          : nothing
      }`
  }

  /** Another template is another form: what was typed into the former one is gone with it. */
  #anew(form: TemplateResult): TemplateResult {
    return this.#round % 2 ? html`<div>${form}</div>` : html`<section>${form}</section>`
  }

  #form(of: Editable, isOurs: boolean): TemplateResult {
    const { faults, summary, isUnderWay } = this.#sending
    const price = of.price && typedPrice(of.price)
    return html`<form class="product-form" novalidate @submit=${this.#submit} @input=${this.#edited} @change=${this.#edited}>
      <picture-drop .image=${of.image} .locked=${!isOurs} .progress=${this.#progress} .disabled=${!isOurs || isUnderWay} .fault=${faults.image ?? ''}></picture-drop>
      <fieldset class="form" ?disabled=${!isOurs || isUnderWay}>
        <legend class="sr">${t('staff.basics')}</legend>
        ${field({ name: 'name', label: t('staff.name'), value: of.name, required: true, maxlength: 200, fault: faults.name })}
        <div class="pair">
          ${field({ name: 'price', label: t('staff.priceIn', { currency: brand.currency }), value: price, inputmode: 'decimal', required: true, fault: faults.price })}
          ${field({ name: 'stock_count', label: t('staff.stock'), value: String(of.stock_count), inputmode: 'numeric', required: true, fault: faults.stock_count })}
        </div>
        ${field({ name: 'description', label: t('staff.description'), value: of.description, rows: 6, maxlength: 10_000, fault: faults.description })}
        ${field({ name: 'barcode', label: t('staff.barcode'), value: of.barcode, inputmode: 'numeric', hint: t('staff.barcodeHint'), fault: faults.barcode })}
        <shelf-picker .of=${of} .disabled=${!isOurs || isUnderWay} .fault=${faults.categories ?? faults.subcategories ?? ''}></shelf-picker>
        ${summary}
        ${isOurs ? html`<div class="row save"><button class="button big" ?disabled=${isUnderWay}>${this.product > 0 ? t('save') : t('staff.create')}</button><a class="button quiet" href="/staff/products">${t('cancel')}</a></div>` : nothing}
      </fieldset>
    </form>`
  }

  async #load(): Promise<void> {
    this.#failure = undefined
    this.requestUpdate()
    const id = this.product
    try {
      const found = await readProduct(id)
      if (this.product === id) this.#show(found)
    } catch (error) {
      this.#failure = failureOf(error)
      this.requestUpdate()
    }
  }

  #show(product: Product): void {
    this.#seen = product
    this.#round++
    this.#drop?.clear()
    this.requestUpdate()
  }

  get #drop(): PictureDrop | null {
    return this.querySelector('picture-drop')
  }

  /** The product as the form has it. */
  #wanted(form: HTMLFormElement): Editable {
    const data = new FormData(form)
    const text = (name: string) => String(data.get(name) ?? '').trim()
    const shelves = form.querySelector<ShelfPicker>('shelf-picker')
    const isGone = this.#drop?.removed === true
    return {
      name: text('name'),
      price: readPrice(text('price')) ?? '',
      stock_count: readStock(text('stock_count')) ?? 0,
      barcode: text('barcode'),
      description: text('description').replace(/\r\n/g, '\n'),
      image: isGone ? null : (this.#seen?.image ?? null),
      categories: shelves?.categories ?? [],
      subcategories: shelves?.subcategories ?? [],
    }
  }

  readonly #edited = (event: Event) => {
    // What is sent next is no repeat of what was sent before.
    this.#attempt = crypto.randomUUID()
    const input = event.target
    if (!(input instanceof HTMLInputElement)) return
    const faults: Record<string, () => string> = {
      price: () => (readPrice(input.value) ? '' : t('staff.badPrice')),
      stock_count: () => (readStock(input.value) === undefined ? t('staff.badStock') : ''),
      barcode: () => (/^(\d{8}|\d{12,13})?$/.test(input.value.trim()) ? '' : t('staff.badBarcode')),
    }
    input.setCustomValidity(input.value ? (faults[input.name]?.() ?? '') : '')
  }

  readonly #submit = (event: Event) => {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const wanted = this.#wanted(form)
    void this.#sending.send(form, () => this.#save(wanted)).then(() => this.#toPicture())
  }

  async #save(wanted: Editable): Promise<void> {
    const file = this.#drop?.file
    const onProgress = (share: number) => {
      this.#progress = share
      this.requestUpdate()
    }
    const upload = file ? { file, onProgress } : {}
    const seen = this.#seen
    try {
      if (!seen) return this.#created(await createProduct(wanted, this.#attempt, upload))
      const { outcome, product } = await saveProduct(seen, wanted, upload)
      if (outcome === 'open') return
      const text =
        outcome === 'theirs'
          ? t('staff.conflict.taken', { name: product.name })
          : product === seen
            ? t('staff.nothing')
            : t('staff.saved', { name: product.name })
      this.#show(product)
      toasts.say(text, { tone: 'good', ...(product === seen ? {} : this.#look(product)) })
    } finally {
      this.#progress = undefined
    }
  }

  #created(product: Product): void {
    this.#show(product)
    this.product = product.id
    toasts.say(t('staff.created', { name: product.name }), {
      tone: 'good',
      ...this.#look(product),
    })
    go(`/staff/products/${product.id}`, { replace: true })
  }

  #look(product: Product) {
    return { action: { label: t('staff.view'), run: () => go(productPath(product)) } }
  }

  /** A fault of the picture is told by its own element, which comes after the form. */
  async #toPicture(): Promise<void> {
    if (!this.#sending.faults.image) return
    await this.#drop?.updateComplete
    this.#drop?.querySelector<HTMLElement>('input')?.focus()
  }

  get #isChanged(): boolean {
    const form = this.querySelector('form')
    if (!form || this.#sending.isUnderWay) return false
    const wanted = this.#wanted(form)
    const before = this.#seen ?? blank
    return this.#drop?.file !== undefined || Object.keys(changesOf(before, wanted)).length > 0
  }

  readonly #leaving = (event: BeforeUnloadEvent) => {
    if (this.#isChanged) event.preventDefault()
  }

  readonly #going = (event: NavigateEvent) => {
    if (!event.cancelable || event.hashChange || event.navigationType === 'reload') return
    if (this.#isChanged && !confirm(t('staff.leave'))) event.preventDefault()
  }

  readonly #delete = async () => {
    const seen = this.#seen
    if (!seen || !(await askDelete(seen))) return
    this.#seen = undefined
    this.#round++
    this.requestUpdate()
    await this.updateComplete
    go('/staff/products', { replace: true })
  }
}

customElements.define('staff-product', StaffProduct)
