import type { Part } from '../../../shared/data/postgres.ts'
import { conditions, type Filters, linksOf, MOST_COUNTED, totalOf } from './filters.ts'
import { sql } from './shape.ts'

// The bounds that product_band() knows.
const bands = sql`(values
  (0, '0.00', '10.00'), (1, '10.00', '25.00'), (2, '25.00', '50.00'), (3, '50.00', '100.00'),
  (4, '100.00', '250.00'), (5, '250.00', '500.00'), (6, '500.00', '1000.00'), (7, '1000.00', null)
) as b (id, min, max)`

const categories = sql`coalesce((
  select json_agg(json_build_object('id', c.id, 'name', c.name, 'count', k.count)
    order by k.count desc, c.id)
  from in_category k join category c on c.id = k.id where k.count > 0), '[]')`

const prices = sql`coalesce((
  select json_agg(json_build_object('min', b.min, 'max', b.max, 'count', k.count) order by b.id)
  from in_band k join ${bands} using (id) where k.count > 0), '[]')`

/** How many of the products that fit lie in each category and price band, as JSON text; of no more than are counted. */
export async function countFacets(filters: Filters): Promise<string> {
  const facets = sql`select json_build_object('categories', ${categories}, 'prices', ${prices})`
  const text =
    totalOf(filters)?.kind === 'all'
      ? await sql`
          with in_category as (select id, count from product_total where kind = 'category'),
          in_band as (select id, count from product_total where kind = 'band') ${facets}`.text()
      : await sql`
          with hit as materialized (
            select id, product_band(price) as band from (${fitting(filters)}) as fitting
            limit ${MOST_COUNTED}),
          in_category as (
            select l.category_id as id, count(*) as count
            from hit join product_category l on l.product_id = hit.id group by l.category_id),
          in_band as (select band as id, count(*) as count from hit group by band) ${facets}`
          .planned()
          .text()
  return text ?? '{"categories":[],"prices":[]}'
}

/** Where more fit than are counted, those counted are no cheaper than the others: not the first by price. */
function fitting(filters: Filters): Part {
  const links = linksOf(filters)
  return links
    ? sql`
        select p.product_id as id, p.price from ${links.from} where ${links.where}
        order by p.product_id`
    : sql`select p.id, p.price from product p where ${conditions(filters)}`
}
