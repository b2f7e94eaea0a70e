import { detailJson, moderatedJson, reviewJson, sql } from './shape.ts'

export type Written = { rating: number; title: string; comment: string }
type Writer = { id: string; username: string }

/** What became of a new review: its JSON, or why there is none. */
export type Made =
  | { review: string }
  | {
      review: null
      known: 'unknown' | 'deleted' | 'yes'
      author_deleted: boolean
      /** Id of the review that was there before. */
      first: string | null
    }

/**
 * Writes a review in one statement. The author's row is locked first, so that a change of name at
 * the same moment comes either before or after, never in between and unseen.
 */
export async function createReview(
  productId: number,
  writer: Writer,
  { rating, title, comment }: Written,
): Promise<Made> {
  const made = await sql<Made>`
    with known as (
      select deleted from known_product where product_id = ${productId}
    ), first as (
      select id from review where product_id = ${productId} and user_id = ${writer.id}
    ), writer as (
      insert into author (user_id, username)
      select ${writer.id}::uuid, ${writer.username}::text from known
      where not deleted and not exists (select from first)
      on conflict (user_id) do update set user_id = excluded.user_id
      returning user_id, username, deleted
    ), r as (
      insert into review (product_id, user_id, username, rating, title, comment)
      select ${productId}::int, user_id, username, ${rating}::smallint, ${title}::text, ${comment}::text
      from writer where not deleted
      on conflict (product_id, user_id) do nothing
      returning *
    )
    select (select ${reviewJson}::text from r) as review,
      coalesce((select case when deleted then 'deleted' else 'yes' end from known), 'unknown')
        as known,
      coalesce((select deleted from writer), false) as author_deleted,
      (select id from first) as first`.one()
  if (!made) throw new Error('a statement without a from gave no row')
  return made
}

/** Id of a user's review of a product. */
export async function findOwnId(productId: number, userId: string): Promise<string | undefined> {
  const row = await sql<{ id: string }>`
    select id from review where product_id = ${productId} and user_id = ${userId}`.one()
  return row?.id
}

/** `ReviewDetail` of a review that everybody sees. */
export function findVisible(id: string): Promise<string | undefined> {
  return sql`
    select ${detailJson}::text from review r left join known_product k using (product_id)
    where r.id = ${id} and r.hidden_at is null`.text()
}

/** Whose a review is and whether it is hidden, for telling why a write found nothing. */
export function findOwner(
  id: string,
): Promise<{ user_id: string | null; hidden: boolean } | undefined> {
  return sql<{ user_id: string | null; hidden: boolean }>`
    select user_id, hidden_at is not null as hidden from review where id = ${id}`.one()
}

/** Changes an author's own review; `Review`, or undefined when it is not theirs or not there. */
export function changeReview(
  id: string,
  userId: string,
  { rating, title, comment }: Written,
): Promise<string | undefined> {
  return sql`
    with r as (
      update review set rating = ${rating}, title = ${title}, comment = ${comment},
        updated_at = now()
      where id = ${id} and user_id = ${userId} returning *
    )
    select ${reviewJson}::text from r`.text()
}

/** Deletes a review, of this author or of anybody; how many were deleted. */
export function deleteReview(id: string, author: string | 'anybody'): Promise<number> {
  if (author === 'anybody') return sql`delete from review where id = ${id}`.run()
  return sql`delete from review where id = ${id} and user_id = ${author}`.run()
}

/** Hides a review, or gives it another reason; `ModeratedReview`. */
export function hideReview(id: string, by: string, reason: string): Promise<string | undefined> {
  return sql`
    with r as (
      update review set hidden_at = coalesce(hidden_at, now()), hidden_by = ${by},
        hidden_reason = ${reason}
      where id = ${id} returning *
    )
    select ${moderatedJson}::text from r left join known_product k using (product_id)`.text()
}

/** Shows a review again; `ModeratedReview`. */
export function restoreReview(id: string): Promise<string | undefined> {
  return sql`
    with r as (
      update review set hidden_at = null, hidden_by = null, hidden_reason = null
      where id = ${id} returning *
    )
    select ${moderatedJson}::text from r left join known_product k using (product_id)`.text()
}
