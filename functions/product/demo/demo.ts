import { readFileSync } from 'node:fs'
import * as z from 'zod'

const Ean13 = z.string().regex(/^\d{13}$/)

const Shadow = z.strictObject({ x: z.number(), y: z.number(), width: z.number().positive() })

const DemoProduct = z.strictObject({
  key: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  name: z.string().min(1),
  /** What the thing is, without its invented name: `wireless headphones`. */
  kind: z.string().min(1),
  description: z.string().min(1),
  price: z.string().regex(/^\d+\.\d\d$/),
  stock: z.int().nonnegative(),
  barcode: Ean13,
  category: z.string(),
  subcategories: z.array(z.string()).min(1),
  art: z.string().regex(/^[0-9a-f-]+\.webp$/),
  hue: z.int().min(0).max(360),
  middle: z.number(),
  shadow: Shadow,
  views: z.int().nonnegative(),
  sales: z.int().nonnegative(),
  created: z.iso.datetime(),
})

const Catalogue = z.strictObject({
  categories: z.array(
    z.strictObject({ name: z.string().min(1), subcategories: z.array(z.string().min(1)).min(1) }),
  ),
  products: z.array(DemoProduct),
})

export type DemoProduct = z.infer<typeof DemoProduct>
export type DemoCatalogue = z.infer<typeof Catalogue>

/** A product made for load, without pictures; its `barcode` is empty in about one of ten. */
export type BulkProduct = Pick<
  DemoProduct,
  | 'name'
  | 'description'
  | 'price'
  | 'stock'
  | 'barcode'
  | 'category'
  | 'subcategories'
  | 'views'
  | 'sales'
  | 'created'
>

const lines =
  `Alder Amble Anchor Arbour Aspen Avenue Bayside Birch Bramley Calder Cedar Clement Copse Corner
Cove Dale Dapper Delta Dune Eastgate Elm Errand Fallow Fenland Fern Flint Garnet Glade Hamlet Hazel Heron
Hollow Inlet Islet Juniper Kestrel Kinship Lantern Larch Linnet Lowland Maple Meadowlark Mill Moorland
Nimble Northway Orchid Otter Parlour Pebblebrook Pine Plover Quarry Quiet Reed Ripple Sorrel Spinney
Steady Summit Tarn Terrace Thicket Tidal Upland Vale Verge Walnut Weekend Willow Wren Yonder`.split(
    /\s+/,
  )

const colours =
  `amber black burgundy charcoal coral cream crimson emerald forest-green graphite ivory
lavender lemon mint mustard navy ochre olive peach petrol-blue plum rose sand sky-blue slate teal
terracotta turquoise white`
    .split(/\s+/)
    .map((colour) => colour.replace('-', ' '))

const newest = Date.UTC(2026, 10, 14)
const day = 86_400_000

// Barcodes of generated products start with 260 to 299; the hand-written ones have 251.
const firstBulkBarcode = 260_000_000_000
const bulkBarcodes = 40_000_000_000
// Prime, and so coprime to the number of barcodes: no barcode comes twice before all have come once.
const barcodeStride = 7_368_787

let catalogue: DemoCatalogue | undefined

/**
 * The hand-written catalogue: 154 products in 13 categories. Prices are decimal strings, `created`
 * is ISO 8601 in UTC, `middle` and `shadow` tell `drawViews` where the object stands.
 */
export function demoCatalogue(): DemoCatalogue {
  catalogue ??= Catalogue.parse(JSON.parse(readFileSync(beside('catalogue.json'), 'utf8')))
  return catalogue
}

/** The WebP file of a product's `art`, 256 by 256 pixels. Throws for a name no product has. */
export function demoArt(file: string): Buffer {
  if (!demoCatalogue().products.some(({ art }) => art === file)) {
    throw new Error(`No demo product has the picture ${JSON.stringify(file)}.`)
  }
  return readFileSync(beside(`art/${file}`))
}

/**
 * Makes `count` products for load tests, in batches of at most `batchSize`; equal seeds make equal
 * products. Names join a line, a model number, what the thing is and a colour ("Heron 340 wireless
 * headphones, slate"), so a search meets near hits and exact hits as it would in a grown shop.
 */
export function* manyProducts(
  count: number,
  seed: number,
  batchSize = 1000,
): Generator<BulkProduct[], void, undefined> {
  const random = randomNumbers(seed)
  for (let start = 0; start < count; start += batchSize) {
    const size = Math.min(batchSize, count - start)
    yield Array.from({ length: size }, (_, at) => bulkProduct(start + at, random))
  }
}

/** The last digit of an EAN-13, from the twelve before it. */
export function checkDigit(twelve: string): string {
  const sum = [...twelve].reduce((total, digit, at) => total + Number(digit) * (at % 2 ? 3 : 1), 0)
  return String((10 - (sum % 10)) % 10)
}

function bulkProduct(index: number, random: () => number): BulkProduct {
  const { products } = demoCatalogue()
  const model = pick(products, random)
  const colour = pick(colours, random)
  const number = 100 + 10 * Math.floor(random() * 90)
  const name = `${pick(lines, random)} ${number} ${model.kind}, ${colour}`
  // The fourth power leaves few favourites and many unknowns, as in a real shop.
  const views = Math.floor(random() ** 4 * 20_000)
  return {
    name,
    description: `${model.description} This one comes in ${colour}.`,
    price: bulkPrice(Number(model.price), random),
    stock: random() < 0.06 ? 0 : Math.floor(random() ** 2 * 250) + 1,
    barcode: random() < 0.1 ? '' : bulkBarcode(index),
    category: model.category,
    subcategories: model.subcategories,
    views,
    sales: Math.floor(views * (0.01 + random() * 0.05)),
    created: new Date(newest - Math.floor(random() * 540 * day)).toISOString(),
  }
}

/** From 60 % to 160 % of the model's price, ending in .00, .50 or .90 as price tags do. */
function bulkPrice(price: number, random: () => number): string {
  const whole = Math.max(1, Math.floor(price * (0.6 + random())))
  return `${whole}.${pick(['00', '50', '90'], random)}`
}

function bulkBarcode(index: number): string {
  const offset = Number((BigInt(index) * BigInt(barcodeStride)) % BigInt(bulkBarcodes))
  const twelve = String(firstBulkBarcode + offset)
  return twelve + checkDigit(twelve)
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('There is nothing to pick from.')
  return item
}

/** Mulberry32, by Tommy Ettinger (public domain): small, even enough, and equal on every machine. */
function randomNumbers(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function beside(path: string): URL {
  return new URL(path, import.meta.url)
}
