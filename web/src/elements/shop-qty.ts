import { html, type TemplateResult } from 'lit'
import { t } from '../lib/i18n.ts'
import { icon } from '../parts/icon.ts'
import { Light } from './page.ts'

/** How many: a number that can be typed, with a button on either side. Says `change`. */
export class ShopQty extends Light {
  static override properties = {
    value: { type: Number },
    min: { type: Number },
    max: { type: Number },
    name: {},
  }
  value = 1
  min = 1
  max = 999
  name = ''

  override render(): TemplateResult {
    const label = t('qty.label', { name: this.name })
    return html`<div class="qty" role="group" aria-label=${label}>
      <button type="button" aria-label=${t('qty.less')} ?disabled=${this.value <= this.min} @click=${() => this.#set(this.value - 1)}>${icon('minus')}</button>
      <input inputmode="numeric" autocomplete="off" aria-label=${label} .value=${String(this.value)} @change=${this.#typed}>
      <button type="button" aria-label=${t('qty.more')} ?disabled=${this.value >= this.max} @click=${() => this.#set(this.value + 1)}>${icon('plus')}</button>
    </div>`
  }

  readonly #typed = (event: Event) => {
    event.stopPropagation()
    const input = event.target as HTMLInputElement
    const wanted = Math.trunc(Number(input.value))
    const value = Number.isFinite(wanted)
      ? Math.min(this.max, Math.max(this.min, wanted))
      : this.value
    input.value = String(value)
    this.#set(value)
  }

  #set(value: number): void {
    if (value === this.value) return
    this.value = value
    this.dispatchEvent(new Event('change'))
  }
}

customElements.define('shop-qty', ShopQty)
