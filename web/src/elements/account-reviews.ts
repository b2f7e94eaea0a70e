import { html, nothing, type TemplateResult } from 'lit'
import { day } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import { Loaded } from '../lib/loaded.ts'
import { get } from '../lib/query.ts'
import type { OwnReview } from '../lib/types.ts'
import { stars } from '../parts/stars.ts'
import { empty, region } from '../parts/states.ts'
import { productByIdPath } from '../routes.ts'
import { Light } from './page.ts'

const mine = get('GET /api/v1/reviews/mine/', { as: 'user', query: { limit: 100 } })

/** All one has written; the way to change it leads over the product's page. */
class AccountReviews extends Light {
  readonly #mine = new Loaded<{ results: OwnReview[] }>(this, () => [mine])

  override render(): TemplateResult {
    return html`${region(
      this.#mine.region,
      ({ results }) =>
        results.length === 0
          ? empty(t('mine.empty'), '', { href: '/products', label: t('nav.all') })
          : html`<ul class="review-list">${results.map((it) => html`<li>${review(it)}</li>`)}</ul>`,
      () => html`<div class="ghost"><p class="line"></p><p class="line"></p></div>`,
    )}`
  }
}

function review(it: OwnReview): TemplateResult {
  const name = it.product_name ?? ''
  return html`<article class="review"><header>${stars(it.rating)}<h2>${it.product_valid && name ? html`<a href="${productByIdPath(it.product_id)}#reviews">${name}</a>` : name}</h2></header>
    ${it.title ? html`<p><strong>${it.title}</strong></p>` : nothing}<p class="comment">${it.comment}</p>
    ${it.hidden ? html`<p class="problem">${t('reviews.hidden', { reason: it.hidden.reason })}</p>` : nothing}
    <footer class="muted"><time datetime=${it.created_at}>${day(it.created_at)}</time></footer></article>`
}

customElements.define('account-reviews', AccountReviews)
