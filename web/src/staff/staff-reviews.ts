import { html, nothing, type TemplateResult } from 'lit'
import { call } from '../lib/api.ts'
import { day, moment } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import { Loaded } from '../lib/loaded.ts'
import { queries } from '../lib/queries.ts'
import { get, type Part } from '../lib/query.ts'
import { toasts } from '../lib/toasts.ts'
import { stars } from '../parts/stars.ts'
import { region } from '../parts/states.ts'
import { pageOf, ROWS, withChoices } from './address.ts'
import { askHide } from './hide-review.ts'
import { finder, ghostRows, noneFound, pager, sayRefused } from './parts.ts'
import { Room } from './room.ts'

type ReviewPage = Part<'GET /api/v1/reviews/', 'reply'>
export type Moderated = ReviewPage['results'][number]

const shows = { '': 'all', no: 'visible', yes: 'hidden' } as const
const flags: Record<string, string> = { no: 'false', yes: 'true' }

/** What customers wrote, and whether everybody shall see it. */
class StaffReviews extends Room {
  static override properties = { url: { attribute: false } }
  url = new URL(location.href)
  readonly #page = new Loaded<ReviewPage>(this, () => [listQuery(this.url)])
  /** As they will be when what is under way succeeds. */
  readonly #own = new Map<string, Moderated>()

  override render(): TemplateResult {
    const now = this.url.searchParams.get('hidden') ?? ''
    return html`<div class="staff-head"><h1 tabindex="-1">${t('staff.reviews')}</h1></div>
      <div class="staff-tools">${finder(t('staff.find.reviews'))}
        <nav class="segments" aria-label=${t('staff.reviews.show')}>${Object.entries(shows).map(([value, name]) => html`<a href=${withChoices(this.url, { hidden: value })} aria-current=${value === now ? 'true' : nothing}>${t(`staff.reviews.${name}`)}</a>`)}</nav>
      </div>
      ${region(this.#page.region, (page) => this.#list(page), ghostRows)}`
  }

  #list({ results, count }: ReviewPage): TemplateResult {
    if (results.length === 0) return noneFound(this.url)
    const isOld = this.#page.region.state === 'loading'
    return html`<div class=${isOld ? 'old' : ''}>${results.map((it) => this.#review(this.#own.get(it.id) ?? it))}</div>${pager(this.url, count)}`
  }

  #review(review: Moderated): TemplateResult {
    const { hidden, title, comment } = review
    const name = authorOf(review)
    return html`<article class="review ${hidden ? 'put-away' : ''}">
      <header>${stars(review.rating)}<h2>${title || name}</h2></header>
      <p class="muted small">${title ? html`${name}, ` : nothing}${day(review.created_at)}, ${t('staff.reviews.on', { name: '' })}${this.#product(review)}</p>
      ${comment ? html`<p class="comment">${comment}</p>` : nothing}
      ${hidden ? html`<p class="problem">${t('staff.reviews.because', { moment: moment(hidden.at), reason: hidden.reason })}</p>` : nothing}
      <footer>${
        hidden
          ? html`<button class="button quiet" aria-label=${t('staff.restore.of', { name })} @click=${() => void this.#restore(review)}>${t('staff.restore')}</button>`
          : html`<button class="button quiet" aria-label=${t('staff.hide.of', { name })} @click=${() => void this.#hide(review)}>${t('staff.hide')}</button>`
      }</footer>
    </article>`
  }

  #product(review: Moderated): TemplateResult | string {
    if (!review.product_valid || review.product_name === null) return t('staff.reviews.goneProduct')
    return html`<a href="/staff/products/${review.product_id}">${review.product_name}</a>`
  }

  async #hide(review: Moderated): Promise<void> {
    const reason = await askHide(review)
    if (reason === undefined) return
    const hidden = { at: new Date().toISOString(), reason, by: null }
    const body = { action: 'hide', reason } as const
    await this.#moderate(
      review,
      { ...review, hidden },
      body,
      t('staff.hidden'),
      () => void this.#restore({ ...review, hidden }),
    )
  }

  async #restore(review: Moderated): Promise<void> {
    const body = { action: 'restore' } as const
    await this.#moderate(review, { ...review, hidden: null }, body, t('staff.restored'))
  }

  async #moderate(
    before: Moderated,
    after: Moderated,
    body: Part<'POST /api/v1/reviews/{review_id}/', 'body'>,
    said: string,
    undo?: () => void,
  ): Promise<void> {
    const { id } = before
    this.#own.set(id, after)
    this.requestUpdate()
    try {
      const params = { review_id: id }
      const now = await call('POST /api/v1/reviews/{review_id}/', { params, body, as: 'user' })
      this.#own.set(id, now)
      toasts.say(said, {
        tone: 'good',
        ...(undo ? { action: { label: t('undo'), run: undo } } : {}),
      })
      queries.invalidate('/api/v1/reviews/', '/api/v1/products/')
      // From here on the list tells it.
      await queries.fetch(listQuery(this.url)).catch(() => undefined)
      this.#own.delete(id)
    } catch (error) {
      this.#own.set(id, before)
      sayRefused(error)
    }
    this.requestUpdate()
    await this.updateComplete
    if (document.activeElement === document.body) this.querySelector('h1')?.focus()
  }
}

export function authorOf({ user }: Moderated): string {
  return user.username ?? t('reviews.someone')
}

function listQuery(url: URL) {
  const of = (name: string) => url.searchParams.get(name) ?? ''
  return get('GET /api/v1/reviews/', {
    query: {
      hidden: flags[of('hidden')],
      search: of('find').slice(0, 200),
      limit: ROWS,
      offset: (pageOf(url) - 1) * ROWS || undefined,
    },
    as: 'user',
  })
}

customElements.define('staff-reviews', StaffReviews)
