import { html, nothing, type TemplateResult } from 'lit'
import { t } from '../lib/i18n.ts'
import { Watch } from '../lib/store.ts'
import { toasts } from '../lib/toasts.ts'
import { icon } from '../parts/icon.ts'
import { Light } from './page.ts'

const SHOWN_MS = 6_000

/** Short messages at the edge. They are read out, and stay while pointed at or focused. */
class ShopToasts extends Light {
  readonly #timers = new Map<number, number>()

  constructor() {
    super()
    new Watch(this, toasts)
  }

  override render(): TemplateResult {
    return html`<div class="toasts" role="status" @pointerenter=${this.#hold} @pointerleave=${this.#go} @focusin=${this.#hold} @focusout=${this.#go}>
      ${toasts.value.map(
        (it) => html`<div class="toast ${it.tone}">
          <p>${it.text}</p>
          ${it.action ? html`<button class="link" @click=${() => this.#act(it.id, it.action?.run)}>${it.action.label}</button>` : nothing}
          <button class="tool" aria-label=${t('close')} @click=${() => toasts.dismiss(it.id)}>${icon('close')}</button>
        </div>`,
      )}
    </div>`
  }

  protected override updated(): void {
    const box = this.querySelector<HTMLElement>('.toasts')
    // In the top layer, above an open drawer.
    if (toasts.value.length > 0 && box?.showPopover && !box.matches(':popover-open')) {
      box.popover = 'manual'
      box.showPopover()
    }
    for (const { id } of toasts.value) if (!this.#timers.has(id)) this.#start(id)
  }

  #act(id: number, run?: () => void): void {
    toasts.dismiss(id)
    run?.()
  }

  #start(id: number): void {
    this.#timers.set(
      id,
      window.setTimeout(() => toasts.dismiss(id), SHOWN_MS),
    )
  }

  readonly #hold = () => {
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  readonly #go = () => {
    for (const { id } of toasts.value) this.#start(id)
  }
}

customElements.define('shop-toasts', ShopToasts)
