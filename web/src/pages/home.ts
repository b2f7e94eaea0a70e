import type { TemplateResult } from 'lit'
import { Page } from '../elements/page.ts'
import { newest, popular, type Tile, tiles } from '../lib/catalogue.ts'
import { Loaded } from '../lib/loaded.ts'
import { get, type Query } from '../lib/query.ts'
import { seenIds } from '../lib/seen.ts'
import type { ProductPage } from '../lib/types.ts'
import { quickAdd } from '../parts/adding.ts'
import { homeView } from '../views/home.ts'

class PageHome extends Page {
  readonly #tiles = new Loaded<Tile[]>(this, () => [tiles])
  readonly #popular = new Loaded<ProductPage>(this, () => [popular])
  readonly #newest = new Loaded<ProductPage>(this, () => [newest])

  readonly #seen = new Loaded<ProductPage>(this, () => [seenQuery()])

  override render(): TemplateResult {
    return homeView({
      tiles: this.#tiles.region,
      popular: this.#popular.region,
      newest: this.#newest.region,
      seen: this.#seen.region,
      onAdd: quickAdd,
    })
  }
}

/** What this browser looked at, as it is today; undefined when there is nothing. */
function seenQuery(): Query<ProductPage> | undefined {
  const ids = seenIds()
  if (ids.length === 0) return undefined
  const map = (page: ProductPage) => ({
    ...page,
    results: page.results.toSorted((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id)),
  })
  return { ...get('GET /api/v1/products/', { query: { ids: ids.join(',') } }), map }
}

customElements.define('page-home', PageHome)

export { PageHome as page }
