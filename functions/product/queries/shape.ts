import { database, type Part } from '../../../shared/data/postgres.ts'

export const db = database('product')
export const { sql, transaction } = db

const rfc3339 = sql`'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`

const names = sql`'[' || coalesce(
  string_agg('{"id":' || it.id || ',"name":' || to_json(it.name) || '}', ',' order by it.id), '')
  || ']'`

/** `[{id, name}]` of the rows `it`; json_agg would put blanks and line ends between. */
export const named = sql`(${names})::json`

/** The same as text for each product of `placed` that has some, by `product_id`: for all at once. */
export const categoryNames = sql`
  select l.product_id, ${names} as names
  from placed join product_category l on l.product_id = placed.id
  join category it on it.id = l.category_id
  group by l.product_id`
export const subcategoryNames = sql`
  select l.product_id, ${names} as names
  from placed join product_subcategory l on l.product_id = placed.id
  join subcategory it on it.id = l.subcategory_id
  group by l.product_id`

export const imagePath = sql`'/api/v1/media/' || p.image`

/**
 * A product as clients see it, as JSON text; from `product p` and `product_count n`. Put together as
 * text: row_to_json would read the lists as JSON and write each value by way of its type, for a fifth
 * more of PostgreSQL's time.
 */
const productText = (categories: Part, subcategories: Part) => sql`(
  '{"id":' || p.id || ',"name":' || to_json(p.name) || ',"slug":' || to_json(p.slug)
  || ',"description":' || to_json(p.description) || ',"price":"' || p.price
  || '","image":' || coalesce(to_json(${imagePath})::text, 'null')
  || ',"stock_count":' || p.stock_count || ',"popularity":' || n.popularity
  || ',"sales_count":' || n.sales_count || ',"rank":' || p.rank
  || ',"rating_count":' || p.rating_count || ',"barcode":' || to_json(p.barcode)
  || ',"user_id":"' || p.user_id || '","categories":' || ${categories}
  || ',"subcategories":' || ${subcategories}
  || ',"created_at":"' || to_char(p.created_at at time zone 'utc', ${rfc3339})
  || '","updated_at":"' || to_char(p.updated_at at time zone 'utc', ${rfc3339}) || '"}')`

export const productJson = productText(
  sql`(
    select ${names} from product_category l join category it on it.id = l.category_id
    where l.product_id = p.id)`,
  sql`(
    select ${names} from product_subcategory l join subcategory it on it.id = l.subcategory_id
    where l.product_id = p.id)`,
)

/** The same with the names that are joined as `c` and `s`, of `categoryNames` and `subcategoryNames`. */
export const listedJson = productText(sql`coalesce(c.names, '[]')`, sql`coalesce(s.names, '[]')`)

/** Entity tag of `product p`: `"<id>-<version>"`, and how often names it shows were changed, if ever. */
export const etag = sql`(
  select '"' || p.id || '-' || p.version || coalesce('-' || nullif(sum(renames), 0), '') || '"'
  from (
    select c.renames from product_category l join category c on c.id = l.category_id
    where l.product_id = p.id
    union all
    select s.renames from product_subcategory l join subcategory s on s.id = l.subcategory_id
    where l.product_id = p.id) as named)`
