import { html, nothing, type TemplateResult } from 'lit'
import type { Failure } from '../lib/failure.ts'
import { t } from '../lib/i18n.ts'
import { mayHeal, nameOf, reasonOf } from '../lib/reason.ts'
import type { Region } from '../lib/region.ts'
import { icon } from './icon.ts'

/** Nothing is here, and that is no fault: says what to do next. */
export function empty(
  title: string,
  text: string,
  way?: { href: string; label: string },
): TemplateResult {
  return html`<div class="notice"><h2>${title}</h2><p>${text}</p>${
    way ? html`<a class="button" href=${way.href}>${way.label}</a>` : nothing
  }</div>`
}

/** A region that could not be brought: which service, which request, and a way on. */
export function failed(failure: Failure, retry?: () => void): TemplateResult {
  const isOffline = failure.code === 'offline'
  const rests = mayHeal(failure)
  const service = nameOf(failure.service)
  return html`<div class="notice fault" role="alert">
    ${icon(isOffline ? 'cloud' : 'alert')}
    <p><strong>${isOffline ? t('error.offline') : rests ? t('error.rests', { service }) : t('error.refused')}</strong></p>
    <p class="muted">${isOffline ? t('error.offlineText') : rests ? t('error.restsText') : reasonOf(failure)}</p>
    <button class="button quiet" @click=${retry}>${t('retry')}</button>
    ${failure.requestId ? html`<p class="small muted">${t('error.id', { id: failure.requestId })}</p>` : nothing}
  </div>`
}

/** A region in whichever state it is. */
export function region<T>(
  of: Region<T>,
  show: (value: T) => TemplateResult | typeof nothing,
  ghost: () => TemplateResult,
): TemplateResult | typeof nothing {
  if (of.state === 'error') return failed(of.failure, of.retry)
  return of.value === undefined ? ghost() : show(of.value)
}
