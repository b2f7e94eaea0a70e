import { html, type TemplateResult } from 'lit'

/** Paths of a 24-unit grid, drawn with a round line. From Lucide (ISC licence). */
const paths = {
  search: 'M11 19a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM21 21l-4.3-4.3',
  cart: 'M6 7h12l1.2 12.2a1.6 1.6 0 0 1-1.6 1.8H6.4a1.6 1.6 0 0 1-1.6-1.8zM9 10V6a3 3 0 0 1 6 0v4',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 21a7.5 7.5 0 0 1 15 0',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M6.3 17.7l-1.4 1.4M19.1 4.9l-1.4 1.4',
  close: 'M18 6 6 18M6 6l12 12',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  right: 'm9 6 6 6-6 6',
  alert:
    'M12 8v5M12 16.5v.5M10.3 4 2.6 17.5A2 2 0 0 0 4.3 20.500h15.400a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0z',
  cloud: 'M3 3l18 18M8.5 6.200A7 7 0 0 1 17 11h1a4 4 0 0 1 2.5 7M6.5 9A6 6 0 0 0 8 20h9',
  heart:
    'M7 11v9H4v-9zM7 11l4-8a2.5 2.5 0 0 1 2.5 3L13 9h5.500a2 2 0 0 1 2 2.400l-1.3 7A2 2 0 0 1 17.2 20H7',
  out: 'M9 4H5v16h4M14 8l4 4-4 4M18 12H9',
  box: 'M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8',
  device: 'M4 5h16v10H4zM9 19h6M12 15v4',
} as const

export type IconName = keyof typeof paths

/** A picture that says nothing by itself: its button or text beside it does. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${paths[name]}></path></svg>`
}
