import { html, type TemplateResult } from 'lit'
import { cart } from '../lib/cart.ts'
import { t } from '../lib/i18n.ts'
import { prefs } from '../lib/prefs.ts'
import { Watch } from '../lib/store.ts'
import { cartContent } from '../parts/cart-lines.ts'
import { icon } from '../parts/icon.ts'
import { Light } from './page.ts'

/**
 * The cart at the side: a modal dialog, which keeps the focus, and gives it back at the end. What is
 * said meanwhile is said in it: outside nobody could undo a thing, or hear of it.
 */
class ShopDrawer extends Light {
  constructor() {
    super()
    new Watch(this, cart, prefs)
  }

  override render(): TemplateResult {
    return html`<dialog class="drawer" closedby="any" aria-labelledby="drawer-title" @close=${this.#closed} @click=${this.#clicked}>
      <div class="drawer-head"><h2 id="drawer-title">${t('cart.title')}</h2><button class="tool" aria-label=${t('close')} @click=${() => this.#dialog?.close()}>${icon('close')}</button></div>
      <div class="drawer-body">${cartContent(html`<a class="button big" href="/cart">${t('cart.page')}</a>`)}</div>
      <shop-toasts></shop-toasts>
    </dialog>`
  }

  get #dialog(): HTMLDialogElement | null {
    return this.querySelector('dialog')
  }

  protected override firstUpdated(): void {
    this.#dialog?.showModal()
    void cart.load()
  }

  readonly #clicked = (event: Event) => {
    if (event.target === this.#dialog) this.#dialog?.close()
  }

  readonly #closed = () => this.dispatchEvent(new Event('close'))
}

customElements.define('shop-drawer', ShopDrawer)
