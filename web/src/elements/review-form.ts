import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { call } from '../lib/api.ts'
import '../text/more.ts'
import { type Failure, failureOf } from '../lib/failure.ts'
import { fieldReasons } from '../lib/field-reason.ts'
import { t } from '../lib/i18n.ts'
import { Loaded } from '../lib/loaded.ts'
import { prefs } from '../lib/prefs.ts'
import { queries } from '../lib/queries.ts'
import { get } from '../lib/query.ts'
import { reasonOf } from '../lib/reason.ts'
import { shownOf } from '../lib/region.ts'
import { session } from '../lib/session.ts'
import { Watch } from '../lib/store.ts'
import { toasts } from '../lib/toasts.ts'
import type { OwnReview } from '../lib/types.ts'
import { field } from '../parts/field.ts'
import { Light } from './page.ts'

type Mine = { results: OwnReview[] }

/** The reader's own review of a product: to write, change or take back. */
class ReviewForm extends Light {
  static override properties = { product: { type: Number } }
  product = 0
  #isOpen = false
  #isSending = false
  #rating = 0
  #failure: Failure | undefined
  #noRating = false
  readonly #mine = new Loaded<Mine>(this, () =>
    session.value.state === 'in' && this.product ? [mineQuery(this.product)] : [],
  )

  constructor() {
    super()
    new Watch(this, prefs, session)
  }

  get #own(): OwnReview | undefined {
    return shownOf(this.#mine.region)?.results[0]
  }

  override render(): TemplateResult {
    if (this.#mine.region.state !== 'ok') return html`<p>&nbsp;</p>`
    const own = this.#own
    if (!this.#isOpen)
      return html`<div class="own">${own?.hidden ? html`<p class="field-fault">${t('reviews.hidden', { reason: own.hidden.reason })}</p>` : nothing}
        <button class="button quiet" @click=${() => this.#open(own)}>${own ? `${t('reviews.yours')}: ${t('edit')}` : t('reviews.write')}</button></div>`
    return this.#form(own)
  }

  #form(own: OwnReview | undefined): TemplateResult {
    const fields = this.#failure ? fieldReasons(this.#failure) : {}
    const fault = this.#failure && !Object.keys(fields).length && reasonOf(this.#failure)
    return html`<form class="form review-form" novalidate @submit=${this.#send}>
      <h3>${own ? t('reviews.yours') : t('reviews.write')}</h3>
      <fieldset class="star-input" aria-describedby=${this.#noRating ? 'rating-fault' : nothing}><legend>${t('reviews.rating')}</legend>
        <div>${[1, 2, 3, 4, 5].map((n) => html`<label class=${n <= this.#rating ? 'on' : ''}><input type="radio" name="rating" value=${n} .checked=${n === this.#rating} @change=${() => this.#rate(n)}><span class="sr">${t('reviews.stars', { n })}</span><svg viewBox="0 0 20 20" aria-hidden="true"><path d="M10 1.500l2.6 5.6 6.1.7-4.5 4.2 1.2 6L10 15l-5.4 3 1.2-6L1.3 7.800l6.1-.7z"></path></svg></label>`)}</div>
        ${this.#noRating ? html`<p class="field-fault" id="rating-fault">${t('reviews.chooseRating')}</p>` : nothing}
      </fieldset>
      ${field({ name: 'title', label: t('reviews.headline'), value: own?.title ?? '', fault: fields.title, maxlength: 150 })}
      ${field({ name: 'comment', label: t('reviews.comment'), value: own?.comment ?? '', fault: fields.comment, rows: 5, maxlength: 5000 })}
      ${fault ? html`<p class="field-fault" role="alert">${fault}</p>` : nothing}
      <div class="row"><button class="button" ?disabled=${this.#isSending}>${own ? t('save') : t('reviews.send')}</button><button type="button" class="button quiet" @click=${() => this.#open(undefined, false)}>${t('cancel')}</button>${
        own
          ? html`<button type="button" class="link bad" @click=${() => this.#delete(own)}>${t('delete')}</button>`
          : nothing
      }</div>
    </form>`
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('product') && changed.get('product')) this.#isOpen = false
  }

  #open(own: OwnReview | undefined, isOpen = true): void {
    this.#isOpen = isOpen
    this.#rating = own?.rating ?? 0
    this.#failure = undefined
    this.requestUpdate()
    void this.updateComplete.then(() =>
      this.querySelector<HTMLElement>(isOpen ? 'input' : 'button')?.focus(),
    )
  }

  #rate(n: number): void {
    this.#rating = n
    this.#noRating = false
    this.requestUpdate()
  }

  readonly #send = async (event: Event) => {
    event.preventDefault()
    const data = new FormData(event.target as HTMLFormElement)
    this.#noRating = this.#rating === 0
    this.requestUpdate()
    if (this.#noRating) return this.querySelector<HTMLElement>('input')?.focus()
    const body = {
      rating: this.#rating,
      title: String(data.get('title')),
      comment: String(data.get('comment')),
    }
    const own = this.#own
    const params = { review_id: own?.id ?? '' }
    await this.#do(
      () =>
        own
          ? call('PUT /api/v1/reviews/{review_id}/', { params, body, as: 'user' })
          : call('POST /api/v1/reviews/', {
              body: { product_id: this.product, ...body },
              as: 'user',
            }),
      own ? t('reviews.changed') : t('reviews.sent'),
    )
  }

  async #delete(own: OwnReview): Promise<void> {
    if (!confirm(t('reviews.sure'))) return
    const params = { review_id: own.id }
    await this.#do(
      () => call('DELETE /api/v1/reviews/{review_id}/', { params, as: 'user' }),
      t('reviews.deleted'),
    )
  }

  async #do(work: () => Promise<unknown>, said: string): Promise<void> {
    this.#isSending = true
    this.#failure = undefined
    this.requestUpdate()
    try {
      await work()
      queries.forget(mineQuery(this.product).key)
      queries.invalidate('/api/v1/reviews/', '/api/v1/products/')
      toasts.say(said, { tone: 'good' })
      this.#isOpen = false
    } catch (error) {
      this.#failure = failureOf(error)
    }
    this.#isSending = false
    this.requestUpdate()
  }
}

function mineQuery(product: number) {
  return get('GET /api/v1/reviews/mine/', { query: { product_id: product }, as: 'user' })
}

customElements.define('review-form', ReviewForm)
