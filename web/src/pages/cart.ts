import { html, nothing, type TemplateResult } from 'lit'
import { Page } from '../elements/page.ts'
import { cart } from '../lib/cart.ts'
import '../text/more.ts'
import { t } from '../lib/i18n.ts'
import { Watch } from '../lib/store.ts'
import { toasts } from '../lib/toasts.ts'
import { cartContent } from '../parts/cart-lines.ts'

class PageCart extends Page {
  constructor() {
    super()
    new Watch(this, cart)
  }

  override get heading(): string {
    return t('cart.title')
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void cart.load()
  }

  override render(): TemplateResult {
    const foot = html`<button class="button big" @click=${() => toasts.say(t('cart.demo'))}>${t('cart.checkout')}</button>
      <button class="link" @click=${() => cart.empty()}>${t('cart.clear')}</button>`
    return html`<div class="wrap narrow cart-page"><h1 tabindex="-1">${t('cart.title')}</h1>${cartContent(foot)}${nothing}</div>`
  }
}

customElements.define('page-cart', PageCart)

export { PageCart as page }
