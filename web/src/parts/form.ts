import { html, nothing, type TemplateResult } from 'lit'
import { type Failure, failureOf } from '../lib/failure.ts'
import { fieldReasons } from '../lib/field-reason.ts'
import { t } from '../lib/i18n.ts'
import { mayHeal, nameOf, reasonOf } from '../lib/reason.ts'

type Host = HTMLElement & { requestUpdate(): void; updateComplete: Promise<boolean> }

/** Cheap questions that tell whether a service is back. */
const signsOfLife: Readonly<Record<string, string>> = {
  auth: '/.well-known/jwks.json',
  product: '/api/v1/categories/?limit=1',
}
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 15_000

/** A form under way: what it sends, what was wrong with it. Nothing that was typed is lost. */
export class Sending {
  readonly #host: Host
  isUnderWay = false
  failure: Failure | undefined
  faults: Readonly<Record<string, string>> = {}
  /** The service that rested at the last sending, and is there again. */
  #back = ''

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
    this.#back = ''
    this.faults = faultsOf(form)
    if (Object.keys(this.faults).length === 0) {
      this.isUnderWay = true
      this.#host.requestUpdate()
      try {
        await work(values)
      } catch (error) {
        this.failure = failureOf(error)
        this.faults = fieldReasons(this.failure)
        if (mayHeal(this.failure)) void this.#waitFor(this.failure)
      }
      this.isUnderWay = false
    }
    this.#host.requestUpdate()
    await this.#host.updateComplete
    form.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }

  /** What is wrong with the whole, if it is not one field. */
  get summary(): TemplateResult | typeof nothing {
    if (this.#back)
      return html`<p class="form-note" role="status">${t('fault.again', { service: nameOf(this.#back) })}</p>`
    if (!this.failure || Object.keys(this.faults).length > 0) return nothing
    return html`<p class="form-fault" role="alert">${reasonOf(this.failure)}</p>`
  }

  /** A password is not sent again unasked: who typed it is told when that is worth doing. */
  async #waitFor(failure: Failure): Promise<void> {
    const path = signsOfLife[failure.service]
    let pause = FIRST_PAUSE_MS
    while (path && this.failure === failure && this.#host.isConnected) {
      await new Promise((resolve) => setTimeout(resolve, pause))
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
      const answer = await fetch(path).catch(() => undefined)
      if (!answer || answer.status >= 500 || this.failure !== failure) continue
      this.failure = undefined
      this.#back = failure.service
      this.#host.requestUpdate()
    }
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
