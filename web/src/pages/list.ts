import type { TemplateResult } from 'lit'
import { Page } from '../elements/page.ts'
import { type Filters, listPath, listQueries, readFilters } from '../lib/filters.ts'
import { Loaded } from '../lib/loaded.ts'
import { get } from '../lib/query.ts'
import { go } from '../lib/router.ts'
import type { CategoryTree, ProductPage } from '../lib/types.ts'
import { quickAdd } from '../parts/adding.ts'
import { listTitle, listView } from '../views/list.ts'

/** Products by category, search and filters; all of it is in the address. */
class PageList extends Page {
  readonly #pages = new Loaded<ProductPage>(this, () => listQueries(this.#filters))
  readonly #tree = new Loaded<CategoryTree>(this, () => [categoryTree(this.#filters)])

  get #filters(): Filters {
    return readFilters(this.place)
  }

  get #category(): CategoryTree | undefined {
    const region = this.#tree.region
    return region.state === 'ok' && region.value.id === this.#filters.category
      ? region.value
      : undefined
  }

  override get heading(): string {
    return listTitle({ filters: this.#filters, tree: this.#category }).trim()
  }

  override render(): TemplateResult {
    return listView({
      filters: this.#filters,
      pages: this.#pages.regions,
      tree: this.#category,
      onAdd: quickAdd,
      onSort: (sort) => go(listPath(this.#filters, { sort }, this.#category?.name)),
      onPrice: this.#price,
      // More of the same list is no other place: Back leads to where one came from.
      onMore: (event) => {
        event.preventDefault()
        go((event.currentTarget as HTMLAnchorElement).href, { replace: true })
      },
    })
  }

  readonly #price = (event: Event) => {
    event.preventDefault()
    const data = new FormData(event.target as HTMLFormElement)
    const [min, max] = ['min', 'max'].map((it) => String(data.get(it)).replace(',', '.'))
    go(listPath(this.#filters, { min: min ?? '', max: max ?? '' }, this.#category?.name))
  }
}

function categoryTree({ category }: Filters) {
  if (category === undefined) return undefined
  return get('GET /api/v1/categories/{id}/subcategories/', { params: { id: category } })
}

customElements.define('page-list', PageList)

export { PageList as page }
