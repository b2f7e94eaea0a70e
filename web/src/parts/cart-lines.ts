import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import '../elements/shop-qty.ts'
import type { ShopQty } from '../elements/shop-qty.ts'
import { cart } from '../lib/cart.ts'
import { emptyCart, most } from '../lib/cart-view.ts'
import { money } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import type { Cart, CartLine } from '../lib/types.ts'
import { productByIdPath } from '../routes.ts'
import { icon } from './icon.ts'
import { picture } from './picture.ts'
import { empty, failed } from './states.ts'

/** The cart's content, alike in the drawer and on its page; `foot` comes under the total. */
export function cartContent(foot: TemplateResult): TemplateResult {
  const { cart: shown, failure } = cart.value
  if (failure && !shown) return failed(failure, () => void cart.load())
  if (!shown)
    return html`<div class="ghost" role="status" aria-label=${t('loading')}><p class="line"></p><p class="line"></p><p class="line short"></p></div>`
  if (shown.items.length === 0)
    return empty(t('cart.empty'), t('cart.emptyText'), { href: '/products', label: t('nav.all') })
  return html`${shown.stale ? html`<p class="problem">${icon('alert')}${t('cart.stale')}</p>` : nothing}
    <ul class="lines">${repeat(
      shown.items,
      (it) => it.product_id,
      (it) => html`<li class="cart-line">${line(it)}</li>`,
    )}</ul>
    <div class="total">${total(shown)}${foot}</div>`
}

export function total(shown: Cart = emptyCart): TemplateResult {
  return html`<p class="sum"><span>${t('cart.total')}</span><strong>${money(shown.total)}</strong></p>`
}

function line(it: CartLine): TemplateResult {
  const change = (event: Event) => void cart.setQuantity(it, (event.target as ShopQty).value)
  return html`${picture(it.image)}
    <div class="line-text">
      <p class="name"><a href=${productByIdPath(it.product_id)}>${it.name}</a></p>
      ${it.quantity > 1 ? html`<p class="muted small">${t('cart.each', { price: money(it.price) })}</p>` : nothing}
      ${it.problem ? html`<p class="problem">${icon('alert')}${t(`problem.${it.problem}`, { n: it.available })}</p>` : nothing}
      <div class="row"><shop-qty .value=${it.quantity} .max=${most(it)} .name=${it.name} @change=${change}></shop-qty>
        <button class="tool" aria-label="${t('remove')}: ${it.name}" @click=${() => cart.setQuantity(it, 0)}>${icon('trash')}</button></div>
    </div>
    <p class="price">${money(it.line_total)}</p>`
}
