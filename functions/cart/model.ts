import * as z from 'zod'
import { MAX_INTEGER } from '../../shared/http/params.ts'

/** Most of one product in a cart, and most lines of a cart; the database holds both too. */
export const MAX_QUANTITY = 999
export const MAX_LINES = 100

export const money = z.string().regex(/^\d+\.\d{2}$/, 'must be an amount such as "12.99"')
const productId = z.int().min(1).max(MAX_INTEGER)

export const problems = [
  'unavailable',
  'out_of_stock',
  'insufficient_stock',
  'price_changed',
] as const
export type Problem = (typeof problems)[number]

export const CartItem = z
  .object({
    product_id: productId,
    quantity: z.int().min(1).max(MAX_QUANTITY),
    name: z.string(),
    image: z.string().nullable(),
    price: money.describe('of one, now'),
    line_total: money,
    available: z.int().min(0).describe('how many there are to be had'),
    problem: z
      .enum(problems)
      .nullable()
      .describe('what changed since it was put in; the gravest when there are several'),
  })
  .meta({ id: 'CartItem' })

const cart = {
  cart_id: z.guid().nullable().describe('null until something was put in'),
  user_id: z.guid().nullable().describe("null for a guest's"),
  items: z.array(CartItem),
  total: money.describe('sum of all line totals'),
  item_count: z.int().min(0).describe('sum of all quantities'),
  updated_at: z.iso.datetime().nullable(),
  stale: z
    .literal(true)
    .optional()
    .describe('present when the product service could not be asked: prices and stock are older'),
}

export const Cart = z.object(cart).meta({ id: 'Cart' })
export type Cart = z.output<typeof Cart>
export type CartItem = z.output<typeof CartItem>

export const AddedCart = z
  .object({
    status: z.literal('success'),
    item_id: z.guid().describe('the line that was added to'),
    ...cart,
  })
  .meta({ id: 'AddedCart' })

export const MergedLine = z
  .object({
    product_id: productId,
    quantity: z.int().min(0).max(MAX_QUANTITY).describe('how many were added'),
    capped: z.boolean().describe('whether that is fewer than the guest had'),
  })
  .meta({ id: 'MergedLine' })
export type MergedLine = z.output<typeof MergedLine>

export const MergedCart = z
  .object({ ...cart, merged: z.array(MergedLine) })
  .meta({ id: 'MergedCart' })

export const AddBody = z.strictObject({
  product_id: productId,
  quantity: z.int().min(1).max(MAX_QUANTITY).default(1),
})

export const QuantityBody = z.strictObject({
  quantity: z.int().min(0).max(MAX_QUANTITY).describe('0 removes'),
})

/** A product as its service tells it. */
export const Product = z.object({
  id: productId,
  version: z.int().min(0),
  name: z.string(),
  price: money,
  image: z.string().nullable(),
  stock_count: z.int().min(0).max(MAX_INTEGER),
})
export type Product = z.output<typeof Product>
