import { html, nothing, type TemplateResult } from 'lit'
import { failureOf } from '../lib/failure.ts'
import { fieldReasons } from '../lib/field-reason.ts'
import { number } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import { reasonOf as plainly } from '../lib/reason.ts'
import { toasts } from '../lib/toasts.ts'
import { icon } from '../parts/icon.ts'
import { choose, pageOf, ROWS, withChoices } from './address.ts'

const PAUSE_MS = 250
let timer = 0

/** A search over a staff list, as one types; the words stand in the address as `find`. */
export function finder(label: string): TemplateResult {
  const url = () => new URL(location.href)
  const typed = (event: Event) => {
    const { value } = event.target as HTMLInputElement
    const from = location.pathname
    clearTimeout(timer)
    timer = window.setTimeout(() => {
      if (location.pathname === from) choose(url(), { find: value.trim() })
    }, PAUSE_MS)
  }
  const submit = (event: Event) => {
    event.preventDefault()
    clearTimeout(timer)
    const input = (event.target as HTMLElement).querySelector('input')
    choose(url(), { find: input?.value.trim() ?? '' })
  }
  // What is being typed is further than the address.
  const at = document.activeElement
  const value =
    at instanceof HTMLInputElement && at.id === 'find'
      ? at.value
      : (url().searchParams.get('find') ?? '')
  return html`<form class="finder" role="search" aria-label=${label} @submit=${submit}>
    <label class="sr" for="find">${label}</label>${icon('search')}
    <input id="find" type="search" maxlength="200" placeholder=${label} autocomplete="off" spellcheck="false" .value=${value} @input=${typed}>
  </form>`
}

/** A choice among few, kept in the address. */
export function chooser(
  name: string,
  label: string,
  options: readonly (readonly [value: string, label: string])[],
): TemplateResult {
  const url = new URL(location.href)
  const now = url.searchParams.get(name) ?? ''
  const changed = (event: Event) =>
    choose(new URL(location.href), { [name]: (event.target as HTMLSelectElement).value })
  return html`<select aria-label=${label} @change=${changed}>${options.map(([value, text]) => html`<option value=${value} .selected=${value === now}>${text}</option>`)}</select>`
}

/** Which rows these are, and links to those before and after. */
export function pager(url: URL, count: number): TemplateResult | typeof nothing {
  const page = pageOf(url)
  const last = Math.ceil(count / ROWS)
  const to = (at: number) => withPage(url, at)
  const shown = {
    from: number(Math.min(count, (page - 1) * ROWS + 1)),
    to: number(Math.min(count, page * ROWS)),
    n: number(count),
  }
  return html`<nav class="pages" aria-label=${t('staff.page', shown)}>
    <p class="muted small" role="status">${t('staff.page', shown)}</p>
    ${page > 1 ? html`<a class="button quiet" href=${to(page - 1)}>${t('staff.earlier')}</a>` : nothing}
    ${page < last ? html`<a class="button quiet" href=${to(page + 1)}>${t('staff.later')}</a>` : nothing}
  </nav>`
}

/** Nothing fits the search. */
export function noneFound(url: URL): TemplateResult {
  const isNarrowed = url.search !== ''
  return html`<div class="notice" role="status"><h2>${t('staff.none')}</h2><p>${t('staff.noneText')}</p>${
    isNarrowed
      ? html`<a class="button quiet" href=${url.pathname}>${t('staff.clear')}</a>`
      : nothing
  }</div>`
}

/** Rows in the making. */
export function ghostRows(): TemplateResult {
  return html`<div class="ghost" aria-busy="true"><span class="sr">${t('loading')}</span>${Array.from({ length: 8 }, () => html`<p class="line big"></p>`)}</div>`
}

/** Why something was not done, in plain words. */
export function reasonOf(error: unknown): string {
  const failure = failureOf(error)
  const [first] = Object.values(fieldReasons(failure))
  return (failure.code === 'invalid_request' ? first : undefined) ?? plainly(failure)
}

/** Says why something was put back as it was. */
export function sayRefused(error: unknown): void {
  toasts.say(t('staff.notSaved', { reason: reasonOf(error) }), { tone: 'bad' })
}

function withPage(url: URL, page: number): string {
  const bare = withChoices(url, {})
  return page === 1 ? bare : `${bare}${bare.includes('?') ? '&' : '?'}page=${page}`
}
