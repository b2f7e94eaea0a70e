import { database } from '../../../shared/data/postgres.ts'

export const db = database('product')
export const { sql, transaction } = db

/** `[{id, name}]` of the rows `it`; json_agg would put blanks and line ends between. */
export const named = sql`('[' || coalesce(
  string_agg('{"id":' || it.id || ',"name":' || to_json(it.name) || '}', ',' order by it.id), '')
  || ']')::json`

export const imagePath = sql`'/api/v1/media/' || p.image`

/**
 * A product as clients see it, as JSON text; from `product_count n` and `product_shown s`, whose text may
 * have to be put together (schema/0008-shown.sql).
 */
export const productJson = sql`coalesce(
  s.head || n.popularity || ',"sales_count":' || n.sales_count || s.tail,
  product_text(n.product_id, n.popularity, n.sales_count))`

/** Its entity tag: `"<id>-<version>"`, and how often names it shows were changed, if ever. */
export const etag = sql`coalesce(s.etag, product_etag(s.product_id))`
