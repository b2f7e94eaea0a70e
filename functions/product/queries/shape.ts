import { database } from '../../../shared/data/postgres.ts'

export const db = database('product')
export const { sql, transaction } = db

/** `[{id, name}]` of the rows `it`; json_agg would put blanks and line ends between. */
export const named = sql`(
  '[' || coalesce(
    string_agg('{"id":' || it.id || ',"name":' || to_json(it.name) || '}', ',' order by it.id), '')
  || ']')::json`

const categories = sql`(
  select ${named} from product_category l join category it on it.id = l.category_id
  where l.product_id = p.id)`

const subcategories = sql`(
  select ${named} from product_subcategory l join subcategory it on it.id = l.subcategory_id
  where l.product_id = p.id)`

const rfc3339 = sql`'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`

export const imagePath = sql`'/api/v1/media/' || p.image`

/** A product as clients see it, as JSON text; from `product p` and `product_count n`. */
export const productJson = sql`(
  select row_to_json(shown)::text from (
    select p.id, p.name, p.slug, p.description, p.price::text as price, ${imagePath} as image,
      p.stock_count, n.popularity, n.sales_count, p.rank, p.rating_count, p.barcode, p.user_id,
      ${categories} as categories, ${subcategories} as subcategories,
      to_char(p.created_at at time zone 'utc', ${rfc3339}) as created_at,
      to_char(p.updated_at at time zone 'utc', ${rfc3339}) as updated_at
  ) as shown)`

/** Entity tag of `product p`: `"<id>-<version>"`, and how often names it shows were changed, if ever. */
export const etag = sql`(
  select '"' || p.id || '-' || p.version || coalesce('-' || nullif(sum(renames), 0), '') || '"'
  from (
    select c.renames from product_category l join category c on c.id = l.category_id
    where l.product_id = p.id
    union all
    select s.renames from product_subcategory l join subcategory s on s.id = l.subcategory_id
    where l.product_id = p.id) as named)`
