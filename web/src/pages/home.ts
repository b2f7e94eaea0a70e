import type { TemplateResult } from 'lit'
import { Page } from '../elements/page.ts'
import { newest, popular, type Tile, tiles } from '../lib/catalogue.ts'
import { Loaded } from '../lib/loaded.ts'
import type { ProductPage } from '../lib/types.ts'
import { quickAdd } from '../parts/adding.ts'
import { homeView } from '../views/home.ts'

class PageHome extends Page {
  readonly #tiles = new Loaded<Tile[]>(this, () => [tiles])
  readonly #popular = new Loaded<ProductPage>(this, () => [popular])
  readonly #newest = new Loaded<ProductPage>(this, () => [newest])

  override render(): TemplateResult {
    return homeView({
      tiles: this.#tiles.region,
      popular: this.#popular.region,
      newest: this.#newest.region,
      onAdd: quickAdd,
    })
  }
}

customElements.define('page-home', PageHome)

export { PageHome as page }
