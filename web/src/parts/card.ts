import { html, nothing, type TemplateResult } from 'lit'
import { money } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import type { Product } from '../lib/types.ts'
import { productPath } from '../routes.ts'
import { icon } from './icon.ts'
import { picture } from './picture.ts'
import { rating } from './stars.ts'

export type CardOptions = {
  /** The first at the top: fetched before all others, which would share the line with it. */
  eager?: boolean
  onAdd?: ((product: Product) => void) | undefined
}

/** At this many or fewer the shop says how many are left. */
export const FEW = 4

/** A product in a grid. The whole card is the link; the button lies above it. */
export function card(product: Product, options: CardOptions = {}): TemplateResult {
  return html`<article class="card">
    ${picture(product.image, options)}
    <div class="card-text">
      <h3><a href=${productPath(product)}>${product.name}</a></h3>
      ${rating(product)}
      <p class="price">${money(product.price)}${scarcity(product.stock_count)}</p>
    </div>
    ${
      product.stock_count > 0
        ? html`<button class="card-add" aria-label=${t('product.quickAdd', { name: product.name })} @click=${() => options.onAdd?.(product)}>${icon('plus')}</button>`
        : nothing
    }
  </article>`
}

/** A card that is not there yet, of the same size. */
export function ghostCard(): TemplateResult {
  return html`<div class="card ghost" aria-hidden="true"><div class="picture"></div><div class="card-text"><h3>&nbsp;</h3><span class="rating">&nbsp;</span><p class="price">&nbsp;</p></div></div>`
}

export function grid(
  products: readonly Product[],
  options: CardOptions & { eagerCount?: number } = {},
): TemplateResult {
  const { eagerCount = 0, onAdd } = options
  return html`<ul class="grid">${products.map((it, at) => html`<li>${card(it, { eager: at < eagerCount, onAdd })}</li>`)}</ul>`
}

export function ghostGrid(count: number): TemplateResult {
  return html`<div class="grid" role="status" aria-label=${t('loading')}>${Array.from({ length: count }, ghostCard)}</div>`
}

function scarcity(count: number): TemplateResult | typeof nothing {
  if (count === 0) return html` <span class="tag">${t('stock.out')}</span>`
  if (count <= FEW) return html` <span class="tag warn">${t('stock.few', { n: count })}</span>`
  return nothing
}
