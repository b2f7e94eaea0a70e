import { html, nothing, type TemplateResult } from 'lit'
import { t } from '../lib/i18n.ts'

export type FieldOptions = {
  name: string
  label: string
  type?: string
  value?: string
  hint?: string
  /** What is wrong with it, after it was left or sent. */
  fault?: string | undefined
  autocomplete?: string
  inputmode?: string
  required?: boolean
  rows?: number
  maxlength?: number
}

/** A labelled input with its hint and its fault tied to it. */
export function field(options: FieldOptions): TemplateResult {
  const { name, label, hint, fault, rows, type = 'text', value = '' } = options
  const described = [hint && `${name}-hint`, fault && `${name}-fault`].filter(Boolean).join(' ')
  const shared = {
    autocomplete: options.autocomplete ?? 'off',
    invalid: fault ? 'true' : nothing,
    described: described || nothing,
    max: options.maxlength ?? nothing,
  }
  return html`<div class="field">
    <label for=${name}>${label}</label>
    ${
      rows
        ? html`<textarea id=${name} name=${name} rows=${rows} maxlength=${shared.max} aria-invalid=${shared.invalid} aria-describedby=${shared.described} .value=${value}></textarea>`
        : html`<input id=${name} name=${name} type=${type} .value=${value} inputmode=${options.inputmode ?? nothing} autocomplete=${shared.autocomplete} maxlength=${shared.max} ?required=${options.required} aria-invalid=${shared.invalid} aria-describedby=${shared.described}>`
    }
    ${
      type === 'password'
        ? html`<button type="button" class="tool reveal" aria-pressed="false" aria-controls=${name} aria-label=${t('field.reveal')} @click=${reveal}>${eye}</button>`
        : nothing
    }
    ${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : nothing}
    ${fault ? html`<p class="field-fault" id="${name}-fault">${fault}</p>` : nothing}
  </div>`
}

/** Shows what is typed, or hides it again; the field itself keeps what it holds. */
function reveal(event: Event): void {
  const button = event.currentTarget as HTMLButtonElement
  const input = button.parentElement?.querySelector('input')
  if (!input) return
  const isShown = input.type === 'text'
  input.type = isShown ? 'password' : 'text'
  button.setAttribute('aria-pressed', String(!isShown))
}

/** From Lucide (ISC licence). */
const eye = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M2 12s3.500-7 10-7 10 7 10 7-3.500 7-10 7-10-7-10-7zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z"></path></svg>`
