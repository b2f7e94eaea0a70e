import { html, type TemplateResult } from 'lit'
import { t } from '../lib/i18n.ts'

export function notFoundView(): TemplateResult {
  return html`<div class="wrap narrow"><div class="notice"><h1 tabindex="-1">${t('notFound.title')}</h1><p>${t('notFound.text')}</p><a class="button" href="/">${t('notFound.home')}</a></div></div>`
}
