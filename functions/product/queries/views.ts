import { sql } from './shape.ts'

/** Adds views to products by id or slug; unknown ones are ignored. */
export async function addViews(views: ReadonlyMap<string, number>): Promise<void> {
  const ids: number[] = []
  const idViews: number[] = []
  const slugs: string[] = []
  const slugViews: number[] = []
  for (const [key, count] of views) {
    if (/^\d+$/.test(key)) {
      ids.push(Number(key))
      idViews.push(count)
    } else {
      slugs.push(key.slice(1))
      slugViews.push(count)
    }
  }
  // Rows are locked in order of id: two processes that flush at once wait, and do not deadlock.
  await sql`
    with seen as (
      select id, count from unnest(${ids}::int[], ${idViews}::int[]) as v (id, count)
      union all
      select coalesce(p.id, f.product_id), count
      from unnest(${slugs}::text[], ${slugViews}::int[]) as v (slug, count)
      left join product p on p.slug = v.slug
      left join product_former_slug f on f.slug = v.slug
    ), total as (
      select id, sum(count) as count from seen where id is not null group by id
    ), locked as (
      select product_id from product_count
      where product_id in (select id from total) order by product_id for update
    )
    update product_count n set popularity = n.popularity + total.count
    from total join locked on locked.product_id = total.id where n.product_id = total.id`
}
