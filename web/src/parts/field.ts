import { html, nothing, type TemplateResult } from 'lit'

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
    ${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : nothing}
    ${fault ? html`<p class="field-fault" id="${name}-fault">${fault}</p>` : nothing}
  </div>`
}
