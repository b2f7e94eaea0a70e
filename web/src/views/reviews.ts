import { html, nothing, type TemplateResult } from 'lit'
import { day, number } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import { type Region, shownOf } from '../lib/region.ts'
import type { Review, ReviewPage } from '../lib/types.ts'
import { icon } from '../parts/icon.ts'
import { stars } from '../parts/stars.ts'
import { failed } from '../parts/states.ts'

export const reviewSorts = ['newest', '-rating', 'rating'] as const
export type ReviewSort = (typeof reviewSorts)[number]

export type ReviewsModel = {
  pages: readonly Region<ReviewPage>[]
  /** Only this many stars; 0 for all. */
  only: number
  sort: ReviewSort
  /** The address of these reviews with something changed. */
  at: (changes: { stars?: number; order?: ReviewSort; reviews?: number }) => string
  /** What the reader may write, or an invitation. */
  form?: unknown
  /** The reader, to tell their own reviews; reviews they found helpful. */
  reader?: string | undefined
  helped?: ReadonlySet<string>
  onHelpful?: (review: Review) => void
}

export const REVIEWS_PAGE = 6

export function reviewsView(model: ReviewsModel): TemplateResult {
  const { pages } = model
  const first = pages[0]
  if (first?.state === 'error') return failed(first.failure, first.retry)
  const page = shownOf(first)
  if (!page) return ghosts()
  const all = pages.flatMap((it) => shownOf(it)?.results ?? [])
  const isBroken = pages.find((it) => it.state === 'error')
  return html`<div class="reviews-in">
    <div class="reviews-side">${page.summary.count > 0 ? summary(model, page) : nothing}${model.form ?? nothing}</div>
    <div>
      ${page.summary.count > 1 ? bar(model, page) : nothing}
      ${all.length === 0 ? html`<p class="muted">${t(model.only > 0 ? 'reviews.emptyFilter' : 'reviews.empty')}</p>` : nothing}
      <ul class="review-list ${first?.state === 'loading' ? 'old' : ''}">${all.map((it) => html`<li>${review(it, model)}</li>`)}</ul>
      ${isBroken?.state === 'error' ? failed(isBroken.failure, isBroken.retry) : nothing}
      ${all.length < page.count ? html`<p><a class="button quiet" href=${model.at({ reviews: pages.length + 1 })}>${t('list.more')}</a></p>` : nothing}
    </div>
  </div>`
}

function summary(model: ReviewsModel, { summary }: ReviewPage): TemplateResult {
  const { mean, count, histogram } = summary
  return html`<div class="summary"><span class="mean">${number(mean, 1)}</span><div>${stars(mean, true)}<p class="muted">${t('rating.count', { n: count })}</p></div></div>
    <ul class="histogram" aria-label=${t('reviews.by')}>${([5, 4, 3, 2, 1] as const).map((n) => {
      const votes = histogram[n]
      const isOn = model.only === n
      return html`<li><a href=${model.at({ stars: isOn ? 0 : n })} aria-current=${isOn ? 'true' : nothing}>
        <span class="sr">${t('reviews.bar', { stars: n, n: votes })}</span><span aria-hidden="true">${n}</span>
        <svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width=${(100 * votes) / Math.max(1, count)} height="8"></rect></svg>
        <span class="count" aria-hidden="true">${number(votes)}</span></a></li>`
    })}</ul>`
}

function bar({ only, sort, at }: ReviewsModel, { count }: ReviewPage): TemplateResult {
  const names = {
    newest: t('reviews.newest'),
    '-rating': t('reviews.best'),
    rating: t('reviews.worst'),
  }
  return html`<div class="review-bar"><p role="status">${only > 0 ? html`${t('reviews.filtered', { stars: only })} (${number(count)}) <a href=${at({ stars: 0 })}>${t('reviews.all')}</a>` : nothing}</p>
    <ul class="segments" aria-label=${t('reviews.sort')}>${reviewSorts.map((it) => html`<li><a href=${at({ order: it })} aria-current=${it === sort ? 'true' : nothing}>${names[it]}</a></li>`)}</ul></div>`
}

function review(it: Review, model: ReviewsModel): TemplateResult {
  const isOwn = model.reader !== undefined && it.user.id === model.reader
  const isHelped = model.helped?.has(it.id) ?? false
  return html`<article class="review">
    <header>${stars(it.rating)}${it.title ? html`<h3>${it.title}</h3>` : nothing}</header>
    ${it.comment ? html`<p class="comment">${it.comment}</p>` : nothing}
    <footer><span class="muted"><strong>${it.user.username ?? t('reviews.someone')}</strong> · <time datetime=${it.created_at}>${day(it.created_at)}</time></span>${
      isOwn
        ? it.helpful_count > 0
          ? html`<span class="muted">${t('reviews.helped', { n: it.helpful_count })}</span>`
          : nothing
        : html`<button class="helpful" aria-pressed=${String(isHelped)} @click=${() => model.onHelpful?.(it)}>${icon('heart')}${t('reviews.helpful')}${it.helpful_count > 0 ? html` <span class="count">${number(it.helpful_count)}</span>` : nothing}</button>`
    }</footer>
  </article>`
}

function ghosts(): TemplateResult {
  return html`<div class="reviews-in ghost" role="status" aria-label=${t('loading')}><div class="reviews-side"><p class="line big"></p><p class="line"></p><p class="line"></p><p class="line"></p></div><div>${[1, 2, 3].map(() => html`<p class="line short"></p><p class="line"></p><p class="line"></p>`)}</div></div>`
}
