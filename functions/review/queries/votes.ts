import { sql } from './shape.ts'

export type Voted = { helpful_count: number; own: boolean }

/** Counts a user's vote once; undefined when nobody sees such a review. Own ones are not counted. */
export function addVote(reviewId: string, userId: string): Promise<Voted | undefined> {
  return sql<Voted>`
    with target as (
      select id, helpful_count, user_id is not distinct from ${userId} as own
      from review where id = ${reviewId} and hidden_at is null
    ), vote as (
      insert into review_vote (review_id, user_id)
      select id, ${userId}::uuid from target where not own
      on conflict do nothing returning review_id
    ), counted as (
      update review r set helpful_count = r.helpful_count + 1
      from vote where r.id = vote.review_id returning r.helpful_count
    )
    select own, coalesce((select helpful_count from counted), helpful_count) as helpful_count
    from target`.one()
}

/** Takes a user's vote back; undefined when nobody sees such a review. */
export function removeVote(reviewId: string, userId: string): Promise<Voted | undefined> {
  return sql<Voted>`
    with target as (
      select id, helpful_count, user_id is not distinct from ${userId} as own
      from review where id = ${reviewId} and hidden_at is null
    ), vote as (
      delete from review_vote using target
      where review_id = target.id and review_vote.user_id = ${userId} returning review_id
    ), counted as (
      update review r set helpful_count = r.helpful_count - 1
      from vote where r.id = vote.review_id returning r.helpful_count
    )
    select own, coalesce((select helpful_count from counted), helpful_count) as helpful_count
    from target`.one()
}

/** Which reviews of a product this user found helpful, the latest 500. */
export async function votesOf(userId: string, productId: number): Promise<string[]> {
  const rows = await sql<{ id: string }>`
    select r.id from review_vote v join review r on r.id = v.review_id
    where v.user_id = ${userId} and r.product_id = ${productId}
    order by v.review_id desc limit 500`
  return rows.map(({ id }) => id)
}
