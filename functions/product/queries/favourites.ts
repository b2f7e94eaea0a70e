import { sql } from './shape.ts'

/** Most that are kept; a shop of fewer products needs none. */
export const MOST_FAVOURITES = 50_000
/** Documents copied in one statement: each may have to come from a slow disk, within its time limit. */
const PORTION = 300

/**
 * Makes the most looked at products those that searches for much begin with; how many came. Keeps none
 * in a shop of no more than `most`.
 */
export async function sweepFavourites(most = MOST_FAVOURITES): Promise<number> {
  await sql`
    with top as materialized (${top(most)})
    delete from product_favourite f
    where not exists (select from top where top.product_id = f.product_id)`
  await sql`
    update product_favourite f set popularity = n.popularity
    from product_count n
    where n.product_id = f.product_id and n.popularity <> f.popularity`
  let came = 0
  for (let some = PORTION; some === PORTION; came += some)
    some = await sql`
      with top as materialized (${top(most)}),
      missing as (
        select product_id, popularity from top
        where not exists (select from product_favourite f where f.product_id = top.product_id)
        limit ${PORTION})
      insert into product_favourite (product_id, popularity, document)
      select p.id, missing.popularity, p.document
      from missing join product p on p.id = missing.product_id
      on conflict do nothing`.run()
  return came
}

function top(most: number) {
  return sql`
    select product_id, popularity from product_count
    where (select count from product_total where kind = 'all' and id = 0) > ${most}
    order by popularity desc, product_id limit ${most}`
}
