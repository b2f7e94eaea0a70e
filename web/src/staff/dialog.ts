import { html, nothing, render, type TemplateResult } from 'lit'
import { t } from '../lib/i18n.ts'

export type Choice = { value: string; label: string; tone?: 'bad' | 'quiet' }
export type Question = {
  title: string
  body: TemplateResult
  choices: readonly Choice[]
  /** What the way out is called; "Cancel" unless given. */
  cancel?: string
  /** Looks at what was filled in; false keeps the dialog open. */
  check?: (form: HTMLFormElement) => boolean
}

/**
 * Asks in a modal dialog, which keeps the focus and gives it back. Resolves with the value of the
 * chosen answer and what was filled in, or undefined when it was cancelled.
 */
export function ask(question: Question): Promise<{ choice: string; data: FormData } | undefined> {
  const { title, body, choices, cancel = t('cancel'), check } = question
  const { promise, resolve } = Promise.withResolvers<
    { choice: string; data: FormData } | undefined
  >()
  const place = document.createElement('div')
  const dialog = () => place.querySelector('dialog')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    if (check && !check(form)) return
    const chosen = event.submitter instanceof HTMLButtonElement ? event.submitter.value : ''
    resolve({ choice: chosen || (choices[0]?.value ?? ''), data: new FormData(form) })
    dialog()?.close()
  }
  const closed = () => {
    resolve(undefined)
    place.remove()
  }
  const outside = (event: Event) => {
    if (event.target === dialog()) dialog()?.close()
  }
  render(
    html`<dialog class="ask" closedby="any" aria-labelledby="ask-title" @close=${closed} @click=${outside}>
      <form novalidate @submit=${submit}>
        <h2 id="ask-title" tabindex="-1" autofocus>${title}</h2>
        ${body}
        <div class="row ask-ways">
          ${choices.map((it) => html`<button class="button ${it.tone ?? ''}" value=${it.value}>${it.label}</button>`)}
          ${cancel ? html`<button type="button" class="button quiet" @click=${() => dialog()?.close()}>${cancel}</button>` : nothing}
        </div>
      </form>
    </dialog>`,
    place,
  )
  // In the frame's main part, so that what reads landmarks finds it in one.
  ;(document.querySelector('main') ?? document.body).append(place)
  dialog()?.showModal()
  return promise
}

/** A list of what will follow, for a question's body. */
export function consequences(lines: readonly string[]): TemplateResult {
  return html`<ul class="points">${lines.map((it) => html`<li>${it}</li>`)}</ul>`
}
