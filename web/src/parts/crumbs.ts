import { html, nothing, type TemplateResult } from 'lit'
import { t } from '../lib/i18n.ts'

export type Crumb = { href: string; name: string }

/** Where this page stands; the page itself is not among them. */
export function crumbs(trail: readonly Crumb[]): TemplateResult | typeof nothing {
  if (trail.length === 0) return nothing
  return html`<nav class="crumbs" aria-label=${t('back')}><ol>${trail.map((it) => html`<li><a href=${it.href}>${it.name}</a></li>`)}</ol></nav>`
}
