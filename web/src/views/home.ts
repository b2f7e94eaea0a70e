import { html, nothing, type TemplateResult } from 'lit'
import type { Tile } from '../lib/catalogue.ts'
import { t } from '../lib/i18n.ts'
import { type Region, shownOf } from '../lib/region.ts'
import type { Product, ProductPage } from '../lib/types.ts'
import { ghostGrid, grid } from '../parts/card.ts'
import { icon } from '../parts/icon.ts'
import { picture } from '../parts/picture.ts'
import { region } from '../parts/states.ts'
import { categoryPath } from '../routes.ts'

export type HomeModel = {
  tiles: Region<Tile[]>
  popular: Region<ProductPage>
  newest: Region<ProductPage>
  /** What this browser looked at before; the server knows nothing of it. */
  seen?: Region<ProductPage>
  onAdd?: (product: Product) => void
}

export function homeView(model: HomeModel): TemplateResult {
  return html`<div class="hero">
      <div class="wrap hero-in">
        <div class="hero-text">
          <h1 tabindex="-1">${t('home.title')}</h1>
          <p>${t('home.text')}</p>
          <a class="button big" href="/products">${t('home.cta')}</a>
        </div>
        <div class="arches" aria-hidden="true">${arches(shownOf(model.tiles))}</div>
      </div>
    </div>
    <section class="wrap section">
      <h2>${t('home.categories')}</h2>
      ${region(model.tiles, tiles, ghostTiles)}
    </section>
    ${shelf(t('home.popular'), '/products?sort=featured', model.popular, model.onAdd)}
    ${shelf(t('home.newest'), '/products?sort=new', model.newest, model.onAdd)}
    ${seen(model)}`
}

function seen(model: HomeModel): TemplateResult | typeof nothing {
  const results = shownOf(model.seen)?.results ?? []
  if (results.length === 0) return nothing
  return html`<section class="wrap section four"><h2>${t('home.seen')}</h2>${grid(results, { onAdd: model.onAdd })}</section>`
}

function shelf(
  title: string,
  href: string,
  page: Region<ProductPage>,
  onAdd: HomeModel['onAdd'],
): TemplateResult {
  return html`<section class="wrap section">
    <div class="section-head"><h2>${title}</h2><a href=${href} aria-label="${t('more')}: ${title}">${t('more')}</a></div>
    ${region(
      page,
      ({ results }) => html`<div class="four">${grid(results, { onAdd })}</div>`,
      () => html`<div class="four">${ghostGrid(8)}</div>`,
    )}
  </section>`
}

/** Of the pictures at the top, the tile whose own is the largest: it goes before all others. */
const LARGEST = 0

function arches(tiles: readonly Tile[] | undefined): TemplateResult[] {
  return [3, LARGEST, 8].map((at) => {
    const image = tiles?.[at]?.image
    return html`<div class="arch">${image ? picture(image, { eager: at === LARGEST }) : html`<div class="picture"></div>`}</div>`
  })
}

function tiles(all: readonly Tile[]): TemplateResult {
  return html`<ul class="tiles">${all.map(
    (it) =>
      html`<li><a class="tile" href=${categoryPath(it)}><span class="arch">${picture(it.image)}</span><span>${it.name}</span></a></li>`,
  )}<li><a class="tile" href="/products"><span class="arch"><span class="picture all">${icon('right')}</span></span><span>${t('home.all')}</span></a></li></ul>`
}

function ghostTiles(): TemplateResult {
  return html`<ul class="tiles" aria-label=${t('loading')}>${Array.from(
    { length: 14 },
    () =>
      html`<li class="tile ghost"><span class="arch"><span class="picture"></span></span><span>${nothing}&nbsp;</span></li>`,
  )}</ul>`
}
