import * as z from 'zod'
import { pageOf } from '../../shared/http/page.ts'
import { MAX_INTEGER, safeText } from '../../shared/http/params.ts'
import { isBarcode } from './rules.ts'

const instant = z.iso.datetime({ offset: true })
const money = z.string().regex(/^\d{1,10}\.\d{2}$/)
const entityId = z.int().min(1).max(MAX_INTEGER)

export const Category = z
  .object({ id: entityId, name: z.string() })
  .meta({ id: 'Category', example: { id: 4, name: 'Kitchen' } })
export const Subcategory = z
  .object({ id: entityId, name: z.string() })
  .meta({ id: 'Subcategory', example: { id: 11, name: 'Tea & coffee' } })
export const CategoryTree = Category.extend({ subcategories: z.array(Subcategory) }).meta({
  id: 'CategoryTree',
  example: { id: 4, name: 'Kitchen', subcategories: [{ id: 11, name: 'Tea & coffee' }] },
})
export const CategoryPage = pageOf(Category).meta({ id: 'CategoryPage' })

export const Product = z
  .object({
    id: entityId,
    name: z.string(),
    slug: z.string().meta({ description: 'From the name; a former one leads here too' }),
    description: z.string(),
    price: money,
    image: z
      .string()
      .nullable()
      .meta({ description: 'Path on this site; see `GET /media/{name}` for its other views' }),
    stock_count: z.int().min(0),
    popularity: z.int().min(0).meta({ description: 'Views of its page; may lag by a minute' }),
    sales_count: z.int().min(0).meta({ description: 'Sold so far; may lag by a minute' }),
    rank: z.number().min(0).max(5).meta({ description: 'Mean rating; 0 while there is none' }),
    rating_count: z.int().min(0),
    barcode: z.string(),
    user_id: z.guid().meta({ description: 'Who put it into the shop, and may change it' }),
    categories: z.array(Category),
    subcategories: z.array(Subcategory),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Product' })
export type Product = z.output<typeof Product>

export const Facets = z
  .object({
    categories: z
      .array(Category.extend({ count: z.int().min(1) }))
      .meta({ description: 'Only those that hold some' }),
    prices: z
      .array(z.object({ min: money, max: money.nullable(), count: z.int().min(1) }))
      .meta({ description: 'From `min` to less than `max`; only bands that hold some' }),
  })
  .meta({ id: 'Facets' })

export const ProductPage = pageOf(Product)
  .extend({
    count: z
      .int()
      .min(0)
      .meta({
        description:
          'Exact, but through filters and searches no more than 1000 are counted; where that is too ' +
          'few, `count_capped` says so, and `facets` are of those counted',
      }),
    count_capped: z
      .literal(true)
      .optional()
      .meta({ description: 'There when more products than `count` fit the filter' }),
    facets: Facets.optional().meta({ description: 'With `facets=1`' }),
  })
  .meta({ id: 'ProductPage' })

/** What other services are told of a product; `id` and `product_id` are one. */
export const Snapshot = z.object({
  id: entityId,
  product_id: entityId,
  version: z.int().min(1),
  name: z.string(),
  price: money,
  image: z.string().nullable(),
  stock_count: z.int().min(0),
})
export type Snapshot = z.output<typeof Snapshot>

export const CategoryInput = z.strictObject({ name: trimmed(100) }).meta({ id: 'CategoryInput' })

const ids = z.array(entityId).max(100).transform(distinct)
const price = z
  .string()
  .regex(/^(0|[1-9]\d{0,9})\.\d{2}$/, 'must be an amount with two places, such as 12.99')
  .meta({ example: '12.99' })
const stock = z.int().min(0).max(MAX_INTEGER)
const barcode = z
  .string()
  .refine(isBarcode, 'must be empty or a valid EAN-8, UPC-A or EAN-13')
  .meta({ example: '4006381333931', pattern: '^(\\d{8}|\\d{12,13})?$' })
const fields = { name: trimmed(200), description: safeText(0, 10_000), price, barcode }
const noImage = z.null().meta({ description: 'Takes the picture away; send one as multipart' })

/** A whole product, as JSON. What has a default may be left out. */
export const ProductInput = z
  .strictObject({
    ...fields,
    description: fields.description.default(''),
    barcode: barcode.default(''),
    stock_count: stock.default(0),
    categories: ids.default([]),
    subcategories: ids.default([]).meta({ description: 'Each with its category in `categories`' }),
    image: noImage.optional(),
  })
  .meta({ id: 'ProductInput' })
export type ProductInput = z.output<typeof ProductInput>

/** What changes of a product, as JSON. */
export const ProductChanges = z
  .strictObject({
    ...fields,
    stock_count: stock,
    categories: ids,
    subcategories: ids,
    image: noImage,
  })
  .partial()
  .meta({ id: 'ProductChanges' })
export type ProductChanges = z.output<typeof ProductChanges>

/** Ids with commas between, at most 100, each once. */
export const idsQuery = z
  .string()
  .regex(/^(\d{1,10}(,\d{1,10})*)?$/, 'must be ids with commas between')
  .transform((text) => (text === '' ? [] : text.split(',').map(Number)))
  .pipe(ids)
const stockText = z
  .string()
  .regex(/^\d{1,10}$/, 'must be a whole number')
  .transform(Number)
  .pipe(stock)

/** The same as multipart parts: all text, lists of ids with commas. */
export const ProductForm = z.strictObject({
  ...fields,
  description: fields.description.default(''),
  barcode: barcode.default(''),
  stock_count: stockText.default(0),
  categories: idsQuery.default([]),
  subcategories: idsQuery.default([]),
})
export const ProductChangesForm = z
  .strictObject({
    ...fields,
    stock_count: stockText,
    categories: idsQuery,
    subcategories: idsQuery,
  })
  .partial()

/** Text without blanks around it, and not empty. */
function trimmed(max: number) {
  return safeText(0, max)
    .regex(/\S/, 'must not be empty')
    .transform((text) => text.trim())
}

function distinct(list: number[]): number[] {
  return [...new Set(list)]
}
