import { sql, transaction } from './shape.ts'

/** A page of aggregates, `RatingChanged[]` as JSON, with product ids above `after`. */
export async function listRatings(after: number, limit: number): Promise<string> {
  const text = await sql`
    select coalesce(json_agg(json_build_object('product_id', product_id,
      'mean', rating_mean(sum, count), 'count', count, 'version', version) order by product_id), '[]')
    from (select * from rating where product_id > ${after} order by product_id limit ${limit}) r`.text()
  return text ?? '[]'
}

/** Products whose aggregate is not what a count of their reviews gives. */
export async function wrongRatings(): Promise<number[]> {
  // One statement, one snapshot: reviews and aggregates of the same moment.
  const rows = await sql<{ product_id: number }>`
    select product_id
    from (
      select product_id, ${sums} from review where hidden_at is null group by product_id
    ) truth full join rating r using (product_id)
    where (coalesce(truth.stars1, 0), coalesce(truth.stars2, 0), coalesce(truth.stars3, 0),
      coalesce(truth.stars4, 0), coalesce(truth.stars5, 0),
      coalesce(truth.count, 0), coalesce(truth.sum, 0))
      is distinct from (r.stars1, r.stars2, r.stars3, r.stars4, r.stars5, r.count, r.sum)
    order by product_id`
  return rows.map((it) => it.product_id)
}

/** Counts one product's reviews anew and tells the product service. */
export async function repairRating(productId: number): Promise<void> {
  await transaction(async () => {
    await sql`
      insert into rating (product_id, count, sum, stars1, stars2, stars3, stars4, stars5)
      values (${productId}, 0, 0, 0, 0, 0, 0, 0) on conflict do nothing`
    // Holds writers back at their delta; it lands on top of what is counted here.
    await sql`select from rating where product_id = ${productId} for update`
    await sql`
      update rating r set count = t.count, sum = t.sum, stars1 = t.stars1, stars2 = t.stars2,
        stars3 = t.stars3, stars4 = t.stars4, stars5 = t.stars5, version = r.version + 1
      from (
        select ${sums} from review where product_id = ${productId} and hidden_at is null
      ) t
      where r.product_id = ${productId}`
  })
}

const sums = sql`
  count(*) as count, coalesce(sum(rating), 0) as sum,
  count(*) filter (where rating = 1) as stars1, count(*) filter (where rating = 2) as stars2,
  count(*) filter (where rating = 3) as stars3, count(*) filter (where rating = 4) as stars4,
  count(*) filter (where rating = 5) as stars5`
