import * as z from 'zod'
import { pageQuery } from '../../shared/http/page.ts'
import { safeText } from '../../shared/http/params.ts'
import { cursor } from './cursor.ts'
import { idsQuery } from './model.ts'

const orderings = ['price', 'name', 'created_at', 'popularity', 'sales_count', 'rank', 'relevance']
const amount = z
  .string()
  .regex(/^\d{1,10}(\.\d{1,2})?$/, 'must be an amount such as 12.99')
  .optional()
const flag = z
  .enum(['true', 'false', '1', '0'])
  .transform((word) => word === 'true' || word === '1')
  .optional()
const some = (what: string) =>
  idsQuery.optional().meta({ description: `In any of these ${what}, ids with commas between` })

export const ProductQuery = z.object({
  ...pageQuery,
  after: cursor.optional().meta({ description: 'Where the page before ended, from `next`' }),
  price__gt: amount,
  price__gte: amount,
  price__lt: amount,
  price__lte: amount,
  name: safeText(0, 200).optional().meta({ description: 'The whole name exactly' }),
  category: some('categories'),
  subcategory: some('subcategories'),
  rank__gte: z
    .string()
    .regex(/^[0-5](\.\d)?$/, 'must be 0 to 5, with one place at most')
    .optional(),
  in_stock: flag.meta({ description: '`true`: only what can be had, `false`: only what cannot' }),
  ids: idsQuery.optional().meta({ description: 'Only these products, up to 100' }),
  search: safeText(0, 200)
    .optional()
    .meta({ description: 'Words in name or description, mistakes allowed' }),
  ordering: z
    .enum(orderings.flatMap((key) => [key, `-${key}`]))
    .optional()
    .meta({ description: 'With `-` descending; `relevance` has the best first either way' }),
  facets: flag.meta({ description: '`1`: with counts per category and price band' }),
})
export type ProductQuery = z.output<typeof ProductQuery>
