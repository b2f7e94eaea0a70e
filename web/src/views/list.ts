import { html, nothing, type TemplateResult } from 'lit'
import { brand } from '../brand.ts'
import { type Filters, firstPage, listPath, type Sort, sorts } from '../lib/filters.ts'
import { number } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import { type Region, shownOf } from '../lib/region.ts'
import type { CategoryTree, Product, ProductPage } from '../lib/types.ts'
import { card, ghostGrid } from '../parts/card.ts'
import { crumbs } from '../parts/crumbs.ts'
import { empty, failed } from '../parts/states.ts'
import { chips, type FilterModel, filterPanel } from './filters.ts'

export type ListModel = {
  filters: Filters
  pages: readonly Region<ProductPage>[]
  tree: CategoryTree | undefined
  onAdd?: (product: Product) => void
  onSort?: (sort: Sort) => void
  onPrice?: (event: Event) => void
  onMore?: (event: Event) => void
}

export function listTitle({ filters, tree }: Pick<ListModel, 'filters' | 'tree'>): string {
  if (filters.search) return t('list.search', { q: filters.search })
  return filters.category === undefined ? t('list.title') : (tree?.name ?? '\u00a0')
}

export function listView(model: ListModel): TemplateResult {
  const { filters, pages, tree } = model
  const first = shownOf(pages[0])
  const count = first?.count
  const panel: FilterModel = { filters, facets: first?.facets, tree, count, onPrice: model.onPrice }
  return html`<div class="wrap">
    ${filters.category === undefined ? nothing : crumbs([{ href: '/products', name: t('list.title') }])}
    <div class="list-head">
      <h1 tabindex="-1" aria-label=${listTitle(model).trim() ? nothing : t('filters.category')}>${listTitle(model)}</h1>
      <p class="muted" role="status">${count === undefined ? '\u00a0' : t('list.count', { n: counted(first) })}</p>
    </div>
    <div class="list">
      <details class="filters"><summary class="button quiet">${t('filters.title')}</summary>${filterPanel(panel)}</details>
      <section aria-labelledby="products"><h2 class="sr" id="products">${t('list.products')}</h2>
        <div class="list-bar">${chips(panel)}${sorting(model)}</div>
        ${results(model)}
      </section>
    </div>
  </div>`
}

function results(model: ListModel): TemplateResult {
  const { filters, pages, onAdd } = model
  const broken = pages.find((it) => it.state === 'error')
  if (broken?.state === 'error') return failed(broken.failure, broken.retry)
  const shown = pages.flatMap((it) => shownOf(it)?.results ?? [])
  const isLoading = pages.some((it) => it.state === 'loading')
  if (isLoading && shown.length === 0) return ghostGrid(12)
  const name = model.tree?.name
  if (shown.length === 0)
    return empty(t('list.empty'), t('list.emptyText'), {
      href: '/products',
      label: t('filters.clear'),
    })
  const count = shownOf(pages[0])?.count ?? shown.length
  const before = (firstPage(filters.page) - 1) * brand.pageSize
  const isOld = pages[0]?.state === 'loading'
  return html`<ul class="grid ${isOld ? 'old' : ''}">${shown.map((it, at) => html`<li>${card(it, { eager: at === 0, onAdd })}</li>`)}</ul>
    ${isLoading && !isOld ? ghostGrid(4) : nothing}
    <nav class="pager" aria-label=${t('list.more')}>
      <p class="muted">${t('list.shown', { from: number(before + shown.length), n: counted(shownOf(pages[0])) })}</p>
      <svg class="meter" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true"><rect width=${Math.min(100, (100 * (before + shown.length)) / Math.max(1, count))} height="2"></rect></svg>
      ${before > 0 ? html`<a class="button quiet" href=${listPath(filters, {}, name)}>${t('list.earlier')}</a>` : nothing}
      ${
        shownOf(pages.at(-1))?.next
          ? html`<a class="button" rel="next" @click=${model.onMore} href=${listPath(filters, { page: filters.page + 1 }, name)}>${t('list.more')}</a>`
          : nothing
      }
    </nav>`
}

function sorting({ filters, onSort }: ListModel): TemplateResult {
  const all: readonly Sort[] = filters.search ? ['relevance', ...sorts] : sorts
  const change = (event: Event) => onSort?.((event.target as unknown as { value: Sort }).value)
  return html`<div class="sort"><label for="sort">${t('sort.label')}</label><select id="sort" name="sort" @change=${change}>${all.map(
    (it) => html`<option value=${it} ?selected=${it === filters.sort}>${t(`sort.${it}`)}</option>`,
  )}</select></div>`
}

/** How many there are; no more than 1,000 are counted through a filter or a search. */
function counted(page: ProductPage | undefined): string {
  return `${number(page?.count ?? 0)}${page?.count_capped ? '+' : ''}`
}
