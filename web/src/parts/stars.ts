import { html, type TemplateResult } from 'lit'
import { number } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'

/** Five stars, as many of them filled as the mean says; CSS cuts the bars to stars. */
export function stars(mean: number, large = false): TemplateResult {
  return html`<span class="stars ${large ? 'stars-large' : ''}" role="img" aria-label=${t('rating', { mean: number(mean, 1) })}><svg viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true"><rect class="off" width="100" height="20"></rect><rect width=${mean * 20} height="20"></rect></svg></span>`
}

/** Stars are believed only with a count beside them. */
export function rating(product: { rank: number; rating_count: number }): TemplateResult {
  if (product.rating_count === 0) return html`<span class="rating muted">${t('rating.none')}</span>`
  return html`<span class="rating">${stars(product.rank)}<span class="muted" aria-hidden="true">${number(product.rank, 1)} (${number(product.rating_count)})</span><span class="sr">${t('rating.count', { n: product.rating_count })}</span></span>`
}
