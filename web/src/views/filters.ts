import { html, nothing, type TemplateResult } from 'lit'
import { type Filters, listPath } from '../lib/filters.ts'
import { number, shortMoney } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import type { CategoryTree, ProductPage } from '../lib/types.ts'
import { icon } from '../parts/icon.ts'
import { stars } from '../parts/stars.ts'

export type FilterModel = {
  filters: Filters
  facets: ProductPage['facets']
  tree: CategoryTree | undefined
  count: number | undefined
  onPrice?: ((event: Event) => void) | undefined
}

/** All filters. Every choice is a link, so each is one step of the history and can be shared. */
export function filterPanel(model: FilterModel): TemplateResult {
  const { filters, tree } = model
  const at = (changes: Partial<Filters>, name = tree?.name) => listPath(filters, changes, name)
  return html`<div class="panel">
    ${group(t('filters.category'), categoryChoices(model))}
    ${tree && tree.subcategories.length > 0 ? group(t('filters.kind'), kindChoices(model, tree)) : nothing}
    ${group(
      t('filters.price'),
      html`${priceChoices(model)}
      <form class="price-form" action="/products" @submit=${model.onPrice}>
        <label>${t('filters.min')}<input name="min" inputmode="decimal" pattern="[0-9]+([.,][0-9]{1,2})?" .value=${filters.min} value=${filters.min}></label>
        <label>${t('filters.max')}<input name="max" inputmode="decimal" pattern="[0-9]+([.,][0-9]{1,2})?" .value=${filters.max} value=${filters.max}></label>
        <button class="button quiet">${t('filters.apply')}</button>
      </form>`,
    )}
    ${group(
      t('filters.rating'),
      html`<ul>${[4, 3, 2].map((n) =>
        choice({
          href: at({ rating: filters.rating === n ? 0 : n }),
          on: filters.rating === n,
          label: html`${stars(n)}<span aria-hidden="true">+</span>`,
          name: t('filters.ratingUp', { n }),
          one: true,
        }),
      )}</ul>`,
    )}
    ${group(undefined, html`<ul>${choice({ href: at({ stock: !filters.stock }), on: filters.stock, label: t('filters.stock') })}</ul>`)}
  </div>`
}

/** The filters in use; each takes itself away. */
export function chips({ filters, facets, tree }: FilterModel): TemplateResult {
  const name = tree?.name
  const at = (changes: Partial<Filters>) => listPath(filters, changes, name)
  const all: { label: string; href: string }[] = []
  for (const id of filters.subcategories)
    all.push({
      label: tree?.subcategories.find((it) => it.id === id)?.name ?? String(id),
      href: at({ subcategories: filters.subcategories.filter((it) => it !== id) }),
    })
  if (filters.min || filters.max)
    all.push({ label: bandLabel(filters.min, filters.max || null), href: at({ min: '', max: '' }) })
  if (filters.rating > 0)
    all.push({ label: t('filters.ratingUp', { n: filters.rating }), href: at({ rating: 0 }) })
  if (filters.stock) all.push({ label: t('filters.stock'), href: at({ stock: false }) })
  if (filters.search && (all.length > 0 || filters.category !== undefined))
    all.unshift({ label: `“${filters.search}”`, href: at({ search: '', sort: 'featured' }) })
  if (filters.search && filters.category !== undefined)
    all.push({
      label: name ?? '',
      href: listPath(filters, { category: undefined, subcategories: [] }),
    })
  if (
    all.length === 0 ||
    (facets === undefined && tree === undefined && filters.category !== undefined)
  )
    return html`<div class="chips"></div>`
  return html`<ul class="chips" aria-label=${t('filters.on')}>${all.map(
    (it) =>
      html`<li><a class="chip" href=${it.href} aria-label=${t('filters.remove', { name: it.label })}>${it.label}${icon('close')}</a></li>`,
  )}</ul>`
}

function group(title: string | undefined, content: unknown): TemplateResult {
  return html`<div class="filter-group">${title ? html`<h2>${title}</h2>` : nothing}${content}</div>`
}

type Choice = {
  href: string
  on?: boolean
  label: unknown
  name?: string
  count?: number
  one?: boolean
}

function choice({ href, on = false, label, name, count, one = false }: Choice): TemplateResult {
  return html`<li><a class="choice ${one ? 'one' : ''}" href=${href} aria-current=${on ? 'true' : nothing} aria-label=${name ?? nothing}><span class="tick">${on ? icon('check') : nothing}</span>${label}${
    count === undefined ? nothing : html`<span class="count">${number(count)}</span>`
  }</a></li>`
}

function categoryChoices({ filters, facets, tree }: FilterModel): TemplateResult {
  const list = filters.category === undefined ? (facets?.categories ?? []) : []
  const none = { category: undefined, subcategories: [] }
  return html`<ul>
    ${filters.category === undefined ? nothing : choice({ href: listPath(filters, none), label: t('filters.all'), one: true })}
    ${tree ? choice({ href: listPath(filters, none), on: true, label: tree.name, one: true }) : nothing}
    ${list.map((it) => {
      const href = listPath(filters, { category: it.id, subcategories: [] }, it.name)
      return choice({ href, label: it.name, count: it.count, one: true })
    })}
  </ul>`
}

function kindChoices({ filters }: FilterModel, tree: CategoryTree): TemplateResult {
  const chosen = filters.subcategories
  const toggled = (id: number) =>
    chosen.includes(id) ? chosen.filter((it) => it !== id) : [...chosen, id]
  return html`<ul>${tree.subcategories.map((it) =>
    choice({
      href: listPath(filters, { subcategories: toggled(it.id) }, tree.name),
      on: chosen.includes(it.id),
      label: it.name,
    }),
  )}</ul>`
}

function priceChoices({ filters, facets, tree }: FilterModel): TemplateResult | typeof nothing {
  if (!facets || filters.min || filters.max) return nothing
  return html`<ul>${facets.prices.map((it) => {
    const max = it.max === null ? '' : justBelow(it.max)
    return choice({
      href: listPath(filters, { min: it.min, max }, tree?.name),
      label: bandLabel(it.min, it.max),
      count: it.count,
      one: true,
    })
  })}</ul>`
}

/** A band goes up to less than its `max`; the filter takes the last cent that is in it. */
function justBelow(max: string): string {
  const cents = Number(max.replace('.', '')) - 1
  return (cents / 100).toFixed(2)
}

function bandLabel(min: string, max: string | null): string {
  const round = (amount: string) =>
    shortMoney(amount.endsWith('.99') ? String(Number(amount.slice(0, -3)) + 1) : amount)
  if (max === null) return t('filters.over', { min: round(min) })
  if (Number(min) === 0) return t('filters.under', { max: round(max) })
  return `${round(min)} – ${round(max)}`
}
