import { html, nothing, type TemplateResult } from 'lit'
import { type Failure, failureOf } from '../lib/failure.ts'
import { t, tried } from '../lib/i18n.ts'

type Host = HTMLElement & { requestUpdate(): void; updateComplete: Promise<boolean> }

/** A form under way: what it sends, what was wrong with it. Nothing that was typed is lost. */
export class Sending {
  readonly #host: Host
  isUnderWay = false
  failure: Failure | undefined
  faults: Readonly<Record<string, string>> = {}

  constructor(host: Host) {
    this.#host = host
  }

  /** Sends unless a field does not fit, then puts the reader at the first that does not. */
  async send(
    form: HTMLFormElement,
    work: (values: Record<string, string>) => Promise<void>,
  ): Promise<void> {
    if (this.isUnderWay) return
    const values = Object.fromEntries([...new FormData(form)].map(([key, it]) => [key, String(it)]))
    this.failure = undefined
    this.faults = faultsOf(form)
    if (Object.keys(this.faults).length === 0) {
      this.isUnderWay = true
      this.#host.requestUpdate()
      try {
        await work(values)
      } catch (error) {
        this.failure = failureOf(error)
        this.faults = this.failure.fields
      }
      this.isUnderWay = false
    }
    this.#host.requestUpdate()
    await this.#host.updateComplete
    form.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }

  /** What is wrong with the whole, if it is not one field. */
  get summary(): TemplateResult | typeof nothing {
    if (!this.failure || Object.keys(this.faults).length > 0) return nothing
    const { code, detail } = this.failure
    return html`<p class="form-fault" role="alert">${tried(`fault.${code}`) ?? (detail || t('fault.internal'))}</p>`
  }
}

function faultsOf(form: HTMLFormElement): Record<string, string> {
  const faults: Record<string, string> = {}
  for (const input of form.querySelectorAll<HTMLInputElement>('input, textarea, select')) {
    const { validity } = input
    if (validity.valid) continue
    if (validity.valueMissing) faults[input.name] = t('fault.required')
    else if (validity.typeMismatch && input.type === 'email') faults[input.name] = t('fault.email')
    else faults[input.name] = input.validationMessage
  }
  return faults
}
