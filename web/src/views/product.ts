import { html, nothing, type TemplateResult } from 'lit'
import { views } from '../lib/catalogue.ts'
import { money } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import type { Region } from '../lib/region.ts'
import type { Product, ProductPage } from '../lib/types.ts'
import { FEW, grid } from '../parts/card.ts'
import { crumbs } from '../parts/crumbs.ts'
import { icon } from '../parts/icon.ts'
import { picture } from '../parts/picture.ts'
import { rating } from '../parts/stars.ts'
import { empty, failed } from '../parts/states.ts'
import { categoryPath, productPath } from '../routes.ts'

export type ProductModel = {
  product: Region<Product>
  /** Which picture, from 1. */
  view: number
  like: Region<ProductPage> | undefined
  reviews: unknown
  quantity?: unknown
  onAdd?: () => void
  onQuickAdd?: (product: Product) => void
}

export function productView(model: ProductModel): TemplateResult {
  const { product: region } = model
  if (region.state === 'error')
    return html`<div class="wrap narrow">${heading(t('error.refused'))}${
      region.failure.status === 404
        ? empty(t('product.gone'), t('product.goneText'), {
            href: '/products',
            label: t('nav.all'),
          })
        : failed(region.failure, region.retry)
    }</div>`
  if (region.value === undefined) return ghost()
  const product = region.value
  const [category] = product.categories
  return html`<div class="wrap">
    ${crumbs([{ href: '/products', name: t('list.title') }, ...(category ? [{ href: categoryPath(category), name: category.name }] : [])])}
    <article class="product">
      ${gallery(product, model.view)}
      <div class="buy">
        <h1 tabindex="-1">${product.name}</h1>
        <a class="plain" href="#reviews">${rating(product)}</a>
        <p class="price big">${money(product.price)}</p>
        <p class="description">${product.description}</p>
        ${stock(product)}
        ${product.stock_count > 0 ? html`<div class="buy-row">${model.quantity ?? html`<span class="qty-gap"></span>`}<button class="button big" @click=${model.onAdd}>${t('product.add')}</button></div>` : nothing}
        ${facts(product)}
      </div>
    </article>
    <section class="section reviews" id="reviews" aria-labelledby="reviews-title"><h2 id="reviews-title">${t('reviews.title')}</h2>${model.reviews}</section>
    ${like(model, product)}
  </div>`
}

function gallery(product: Product, view: number): TemplateResult {
  const all = views(product.image)
  const shown = all[Math.min(all.length, view) - 1] ?? null
  return html`<div class="gallery">
    <div class="stage">${picture(shown, { eager: true, alt: all.length > 1 ? `${product.name}, ${t('product.view', { n: view, all: all.length })}` : product.name })}</div>
    ${
      all.length > 1
        ? html`<ul class="thumbs" aria-label=${t('product.pictures')}>${all.map(
            (it, at) =>
              html`<li><a href=${`${productPath(product)}${at > 0 ? `?view=${at + 1}` : ''}`} aria-label=${t('product.view', { n: at + 1, all: all.length })} aria-current=${at + 1 === view ? 'true' : nothing}><img src=${it} alt="" width="80" height="80"></a></li>`,
          )}</ul>`
        : nothing
    }
  </div>`
}

function stock({ stock_count: count }: Product): TemplateResult {
  if (count === 0) return html`<p class="stock none">${icon('close')}${t('stock.out')}</p>`
  if (count <= FEW)
    return html`<p class="stock few">${icon('alert')}${t('stock.few', { n: count })}</p>`
  return html`<p class="stock">${icon('check')}${t('stock.in')}</p>`
}

function facts(product: Product): TemplateResult {
  return html`<ul class="facts">
    ${product.subcategories.map((it) => {
      const [category] = product.categories
      return html`<li>${category ? html`<a class="chip" href="${categoryPath(category)}?sub=${it.id}">${it.name}</a>` : it.name}</li>`
    })}
    ${product.barcode ? html`<li class="muted small">${t('product.barcode')} ${product.barcode}</li>` : nothing}
  </ul>`
}

function like(
  { like, onQuickAdd }: ProductModel,
  product: Product,
): TemplateResult | typeof nothing {
  if (like?.state !== 'ok') return nothing
  const others = like.value.results.filter((it) => it.id !== product.id).slice(0, 4)
  if (others.length === 0) return nothing
  return html`<section class="section four"><h2>${t('product.like')}</h2>${grid(others, { onAdd: onQuickAdd })}</section>`
}

/** Of a page that has none to be seen. */
function heading(text: string): TemplateResult {
  return html`<h1 class="sr" tabindex="-1">${text}</h1>`
}

function ghost(): TemplateResult {
  return html`<div class="wrap" role="status" aria-label=${t('loading')}>${heading(t('loading'))}<div class="crumbs">&nbsp;</div><div class="product ghost"><div class="gallery"><div class="stage"><div class="picture"></div></div></div><div class="buy"><p class="line big"></p><p class="line"></p><p class="line short"></p><p class="line"></p><p class="line"></p></div></div></div>`
}
