import { html, nothing, type TemplateResult } from 'lit'
import { icon } from './icon.ts'

/** A product's picture in its frame; the frame keeps the place before it has come. */
export function picture(
  image: string | null,
  {
    eager = false,
    alt = '',
    sizes = '20rem',
  }: { eager?: boolean; alt?: string; sizes?: string } = {},
): TemplateResult {
  if (image === null) return html`<div class="picture none">${icon('box')}</div>`
  const set = srcset(image)
  return html`<div class="picture"><img src=${image} srcset=${set} sizes=${set === nothing ? nothing : sizes} alt=${alt} width="400" height="400" loading=${eager ? 'eager' : 'lazy'} fetchpriority=${eager ? 'high' : 'auto'} decoding=${eager ? 'sync' : 'async'}></div>`
}

/** Uploaded pictures are there in preset sizes; drawn ones are sharp at any. */
function srcset(image: string): string | typeof nothing {
  if (!image.endsWith('-800.webp')) return nothing
  return [160, 400, 800, 1200].map((it) => `${image.replace('-800.', `-${it}.`)} ${it}w`).join(', ')
}
