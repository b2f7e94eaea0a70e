import { html, nothing, type TemplateResult } from 'lit'
import { number } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import { session } from '../lib/session.ts'
import type { Product } from '../lib/types.ts'
import { icon } from '../parts/icon.ts'
import { productPath } from '../routes.ts'
import { typedPrice } from './amounts.ts'
import { textOf } from './product-fields.ts'

export type CellFault = { id: number; cell: 'price' | 'stock_count'; text: string }
export type RowModel = {
  product: Product
  busy: boolean
  fault: CellFault | undefined
  onPrice: (event: Event) => void
  onStock: (event: Event) => void
  onDelete: () => void
}

/** Whether whoever is signed in may change it: who put it in, and superusers. */
export function mayChange(product: Pick<Product, 'user_id'>): boolean {
  const { person } = session.value
  return person !== undefined && (person.superuser || person.id === product.user_id)
}

/** A product in the table; on a phone its cells stand under one another. */
export function productRow(model: RowModel): TemplateResult {
  const { product } = model
  const { id, name } = product
  const isOurs = mayChange(product)
  const shelves = textOf(product, 'categories')
  return html`<tr role="row" aria-busy=${model.busy ? 'true' : nothing}>
    <th role="rowheader" scope="row"><span class="good">${thumb(product.image)}<span><a href="/staff/products/${id}">${name}</a><span class="muted small">${shelves}${isOurs ? nothing : html`<span class="sr">. ${t('staff.theirs')}</span>`}</span></span></span></th>
    <td role="cell" data-label=${t('staff.price')}>${isOurs ? cell(model, 'price') : textOf(product, 'price')}</td>
    <td role="cell" data-label=${t('staff.stock')}>${isOurs ? cell(model, 'stock_count') : stockOf(product)}</td>
    <td role="cell" class="wide-only">${product.rating_count > 0 ? `${number(product.rank, 1)} (${number(product.rating_count)})` : '–'}</td>
    <td role="cell" class="wide-only">${number(product.sales_count)}</td>
    <td role="cell" class="ways"><a class="tool" href=${productPath(product)} aria-label=${t('staff.view.of', { name })} title=${t('staff.view')}>${icon('right')}</a>${
      isOurs
        ? html`<button class="tool" aria-label=${t('staff.delete.of', { name })} title=${t('delete')} @click=${model.onDelete}>${icon('trash')}</button>`
        : nothing
    }</td>
  </tr>`
}

function cell({ product, fault, onPrice, onStock }: RowModel, which: CellFault['cell']) {
  const isPrice = which === 'price'
  const value = isPrice ? typedPrice(product.price) : String(product.stock_count)
  const isWrong = fault?.cell === which
  const named = `${which}-${product.id}-fault`
  // Escape puts back what was there; Enter is a change by itself.
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return
    const input = event.target as HTMLInputElement
    input.value = value
    input.select()
  }
  return html`<input class="cell ${!isPrice && product.stock_count === 0 ? 'none' : ''}" name=${which} inputmode=${isPrice ? 'decimal' : 'numeric'} autocomplete="off" aria-label=${t(isPrice ? 'staff.price.of' : 'staff.stock.of', { name: product.name })} aria-invalid=${isWrong ? 'true' : nothing} aria-describedby=${isWrong ? named : 'in-place'} .value=${value} @keydown=${key} @change=${isPrice ? onPrice : onStock}>
    ${isWrong ? html`<p class="field-fault" role="alert" id=${named}>${fault.text}</p>` : nothing}`
}

function stockOf({ stock_count: n }: Product): TemplateResult {
  return html`<span class=${n === 0 ? 'none' : ''}>${number(n)}</span>`
}

function thumb(image: string | null): TemplateResult {
  const small = image?.replace('-800.webp', '-160.webp')
  return small
    ? html`<img src=${small} alt="" width="48" height="48" loading="lazy" decoding="async">`
    : html`<span class="no-picture">${icon('box')}</span>`
}
