import { html, nothing, type TemplateResult } from 'lit'
import { number } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import { icon } from '../parts/icon.ts'
import { Room } from './room.ts'

const TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/avif']
const MOST_BYTES = 5 * 1024 * 1024

/**
 * A product's picture: dropped, pasted or chosen, looked at before it goes up, and how far it has
 * gone. Says `change` when `file` or `removed` is another.
 */
export class PictureDrop extends Room {
  static override properties = {
    image: { attribute: false },
    progress: { attribute: false },
    disabled: { attribute: false },
    locked: { attribute: false },
    fault: {},
  }
  /** The picture that the product has. */
  image: string | null = null
  /** Share of the new one that has gone up; undefined while nothing is under way. */
  progress: number | undefined
  disabled = false
  /** Only to be looked at. */
  locked = false
  fault = ''
  file: File | undefined
  removed = false
  #preview = ''
  #isOver = false
  #refusal = ''

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#drop()
  }

  override render(): TemplateResult {
    const shown = this.#preview || (this.removed ? '' : (this.image ?? ''))
    const fault = this.#refusal || this.fault
    const described = `picture-hint${fault ? ' picture-fault' : ''}`
    return html`<fieldset class="drop ${this.#isOver ? 'over' : ''}" ?disabled=${this.disabled} @dragover=${this.#over} @dragleave=${this.#out} @drop=${this.#dropped} @paste=${this.#pasted}>
      <legend>${t('staff.picture')}</legend>
      <div class="drop-in">
        ${
          shown
            ? html`<img class="drop-shown" src=${shown} alt=${t('staff.picture.alt')} width="240" height="240" @error=${this.#broken}>`
            : html`<div class="drop-none">${icon('box')}<p ?hidden=${this.locked}>${t('staff.picture.drop')}</p></div>`
        }
        <div class="drop-ways" ?hidden=${this.locked}>
          <input class="sr" id="picture" type="file" accept=${TYPES.join()} aria-invalid=${fault ? 'true' : nothing} aria-describedby=${described} @change=${this.#chosen}>
          <label class="button quiet" for="picture">${t('staff.picture.choose')}</label>
          ${this.#way()}
          <p class="hint" id="picture-hint">${this.file ? `${this.file.name}. ${t('staff.picture.new')}` : t('staff.picture.hint')}</p>
          ${fault ? html`<p class="field-fault" id="picture-fault" role="alert">${fault}</p>` : nothing}
          ${this.#bar()}
        </div>
      </div>
    </fieldset>`
  }

  /** After it was saved: what was new is what there is. */
  clear(): void {
    this.#drop()
    this.removed = false
    this.requestUpdate()
  }

  #way(): TemplateResult | typeof nothing {
    if (this.file || this.removed)
      return this.image || this.file
        ? html`<button type="button" class="link" @click=${this.#undo}>${t(this.image ? 'staff.picture.undo' : 'staff.picture.remove')}</button>`
        : nothing
    return this.image
      ? html`<button type="button" class="link" @click=${this.#remove}>${t('staff.picture.remove')}</button>`
      : nothing
  }

  #bar(): TemplateResult | typeof nothing {
    if (this.progress === undefined) return nothing
    const label = this.progress < 1 ? t('staff.uploading') : t('staff.working')
    return html`<div class="up"><progress aria-label=${label} max="1" .value=${this.progress}></progress><p class="small" role="status">${label}</p><p class="small muted" aria-hidden="true">${number(Math.round(this.progress * 100))} %</p></div>`
  }

  #take(file: File | undefined): void {
    if (!file || this.disabled) return
    this.#drop()
    if (!TYPES.includes(file.type)) this.#refusal = t('staff.picture.type')
    else if (file.size > MOST_BYTES)
      this.#refusal = t('staff.picture.size', { mb: number(file.size / 1024 / 1024, 1) })
    else {
      this.file = file
      this.#preview = URL.createObjectURL(file)
      this.removed = false
    }
    this.#changed()
  }

  #drop(): void {
    if (this.#preview) URL.revokeObjectURL(this.#preview)
    this.#preview = ''
    this.file = undefined
    this.#refusal = ''
    const input = this.querySelector('input')
    if (input) input.value = ''
  }

  #changed(): void {
    this.fault = ''
    this.requestUpdate()
    this.dispatchEvent(new Event('change', { bubbles: true }))
  }

  readonly #broken = () => {
    if (!this.#preview) return
    this.#drop()
    this.#refusal = t('staff.picture.broken')
    this.#changed()
  }

  readonly #remove = () => {
    this.removed = true
    this.#changed()
    this.querySelector<HTMLElement>('input')?.focus()
  }

  readonly #undo = () => {
    this.#drop()
    this.removed = false
    this.#changed()
    this.querySelector<HTMLElement>('input')?.focus()
  }

  readonly #chosen = (event: Event) => {
    event.stopPropagation()
    this.#take((event.target as HTMLInputElement).files?.[0])
  }

  readonly #pasted = (event: ClipboardEvent) => this.#take(event.clipboardData?.files[0])

  readonly #over = (event: DragEvent) => {
    event.preventDefault()
    this.#setOver(true)
  }

  readonly #out = () => this.#setOver(false)

  readonly #dropped = (event: DragEvent) => {
    event.preventDefault()
    this.#setOver(false)
    this.#take(event.dataTransfer?.files[0])
  }

  #setOver(isOver: boolean): void {
    if (this.#isOver === isOver) return
    this.#isOver = isOver
    this.requestUpdate()
  }
}

customElements.define('picture-drop', PictureDrop)
