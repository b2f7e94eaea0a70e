import { createHash } from 'node:crypto'

/**
 * What a picture needs to know of its product. `middle` (the height of the object's centre) and
 * `shadow` (where the object touches the floor) are in the art's own 256 pixels.
 */
export type Subject = {
  key: string
  name: string
  hue: number
  middle: number
  shadow: { x: number; y: number; width: number }
}

/** Three standalone SVG documents of one product, 400 by 400 units each. */
export type Views = { front: string; detail: string; pair: string }

type Studio = { halo: { x: number; y: number }; floor: number; tint: Tint }
type Tint = { pale: string; wall: string; floor: string; glow: string; shade: string }
type Place = { x: number; y: number; size: number }

const artSize = 256

/**
 * Draws a product as a studio shot: tinted backdrop, floor line, soft shadow and the object itself.
 * The art is embedded, so that one request brings the whole picture and it scales to any size.
 */
export function drawViews(product: Subject, art: Buffer): Views {
  const href = `data:image/webp;base64,${art.toString('base64')}`
  const studio = furnish(product)
  return {
    front: front(product, studio, href),
    detail: detail(product, studio, href),
    pair: pair(product, studio, href),
  }
}

function front(product: Subject, studio: Studio, href: string): string {
  const id = (part: string) => `${product.key}-front-${part}`
  const place = { x: 70, y: 66, size: 260 }
  return frame(product.name, [
    definitions(studio, id),
    surface(id),
    shadow(product, place, id),
    picture(href, place),
  ])
}

/** Close enough that the edges leave the frame, and so near that the floor line is out of sight. */
function detail(product: Subject, studio: Studio, href: string): string {
  const id = (part: string) => `${product.key}-detail-${part}`
  const { pale, wall, floor } = studio.tint
  return frame(`${product.name}, detail`, [
    `<defs>${gradient('linearGradient', id('wall'), ' x2="0" y2="1"', [
      [0, pale],
      [0.7, wall],
      [1, floor],
    ])}${halo(studio, id)}</defs>`,
    surface(id),
    picture(href, { x: -58, y: round(230 - (product.middle / artSize) * 500), size: 500 }),
  ])
}

function pair(product: Subject, studio: Studio, href: string): string {
  const id = (part: string) => `${product.key}-pair-${part}`
  const near = { x: 22, y: 106, size: 232 }
  const far = { x: 190, y: 98, size: 192 }
  // One embedded image, used twice: the second object costs no second copy of the art.
  const art = `<image id="${id('art')}" href="${href}" width="${artSize}" height="${artSize}"/>`
  const use = ({ x, y, size }: Place, extra = '') =>
    `<use href="#${id('art')}" transform="translate(${x} ${y}) scale(${round(size / artSize)})"${extra}/>`
  return frame(`Two of ${product.name}`, [
    definitions(studio, id, art + haze(id)),
    surface(id),
    shadow(product, far, id),
    use(far, ` filter="url(#${id('haze')})"`),
    shadow(product, near, id),
    use(near),
  ])
}

/** Lifts the blacks a little, as air does between the lens and what stands further back. */
function haze(id: (part: string) => string): string {
  const channel = (name: string) => `<feFunc${name} type="linear" slope=".84" intercept=".13"/>`
  return `<filter id="${id('haze')}" color-interpolation-filters="sRGB"><feGaussianBlur stdDeviation=".5"/><feComponentTransfer>${['R', 'G', 'B'].map(channel).join('')}</feComponentTransfer></filter>`
}

/** Light and camera move a little from product to product, so that a grid does not look stamped. */
function furnish({ key, hue }: Subject): Studio {
  const [across = 0, up = 0, height = 0, drift = 0] = createHash('sha256').update(key).digest()
  const tone = hue - 6 + (drift / 255) * 12
  return {
    halo: { x: Math.round(150 + (across / 255) * 100), y: Math.round(140 + (up / 255) * 40) },
    floor: 0.65 + (height / 255) * 0.03,
    tint: {
      pale: colour(tone, 55, 94),
      wall: colour(tone, 46, 85),
      floor: colour(tone, 36, 77),
      glow: colour(tone, 80, 98),
      shade: colour(tone, 40, 18),
    },
  }
}

function definitions(studio: Studio, id: (part: string) => string, more = ''): string {
  const { pale, wall, floor, shade } = studio.tint
  const edge = studio.floor
  const backdrop = gradient('linearGradient', id('wall'), ' x2="0" y2="1"', [
    [0, pale],
    [edge, wall],
    [edge + 0.004, floor],
    [1, pale],
  ])
  const dark = gradient('radialGradient', id('shade'), '', [
    [0, shade, 0.5],
    [0.55, shade, 0.2],
    [1, shade, 0],
  ])
  return `<defs>${backdrop}${halo(studio, id)}${dark}${more}</defs>`
}

function halo({ halo: { x, y }, tint }: Studio, id: (part: string) => string): string {
  return gradient(
    'radialGradient',
    id('halo'),
    ` gradientUnits="userSpaceOnUse" cx="${x}" cy="${y}" r="200"`,
    [
      [0, tint.glow, 0.95],
      [1, tint.glow, 0],
    ],
  )
}

function surface(id: (part: string) => string): string {
  const sheet = (part: string) => `<path d="M0 0h400v400H0z" fill="url(#${id(part)})"/>`
  return sheet('wall') + sheet('halo')
}

function shadow({ shadow: cast }: Subject, place: Place, id: (part: string) => string): string {
  const scale = place.size / artSize
  const x = round(place.x + cast.x * scale)
  const y = place.y + cast.y * scale
  const reach = (cast.width / 2) * scale
  const ellipse = (drop: number, rx: number, ry: number) =>
    `<ellipse cx="${x}" cy="${round(y + drop)}" rx="${round(rx)}" ry="${round(ry)}" fill="url(#${id('shade')})"/>`
  return (
    ellipse(4 * scale, reach * 1.3 + 14, 9 + reach * 0.12) + ellipse(0, reach + 4, 4 + reach * 0.05)
  )
}

function picture(href: string, { x, y, size }: Place): string {
  return `<image href="${href}" x="${x}" y="${y}" width="${size}" height="${size}"/>`
}

function frame(title: string, parts: string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400" role="img"><title>${escapeText(title)}</title>${parts.join('')}</svg>`
}

function gradient(
  kind: 'linearGradient' | 'radialGradient',
  id: string,
  shape: string,
  stops: [offset: number, colour: string, opacity?: number][],
): string {
  const stop = ([offset, tone, opacity = 1]: (typeof stops)[number]) =>
    `<stop offset="${round(offset)}" stop-color="${tone}"${opacity === 1 ? '' : ` stop-opacity="${opacity}"`}/>`
  // A linear gradient runs along x1…x2 = 0…1 unless told: x2="0" y2="1" turns it downwards.
  return `<${kind} id="${id}"${shape}>${stops.map(stop).join('')}</${kind}>`
}

/** Hue in degrees, the others in per cent. In hex, because not every renderer of SVG knows `hsl()`. */
function colour(hue: number, saturation: number, lightness: number): string {
  const light = lightness / 100
  const chroma = (saturation / 100) * Math.min(light, 1 - light)
  const channel = (offset: number) => {
    const turn = (offset + (((hue % 360) + 360) % 360) / 30) % 12
    const value = light - chroma * Math.max(-1, Math.min(turn - 3, 9 - turn, 1))
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, '0')
  }
  return `#${channel(0)}${channel(8)}${channel(4)}`
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
