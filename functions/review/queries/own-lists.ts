import { moderatedJson, ownJson, sql } from './shape.ts'

type Page = { count: number; results: string }
type Slice = { limit: number; offset: number }

/** A user's own reviews, newest first, hidden ones too: `OwnReview[]`. */
export async function listOwn(userId: string, productId: number | undefined, slice: Slice) {
  const only = productId === undefined ? sql`true` : sql`r.product_id = ${productId}`
  const page = await sql<Page>`
    with page as (
      select * from review r where r.user_id = ${userId} and ${only}
      order by r.id desc limit ${slice.limit} offset ${slice.offset}
    )
    select (select count(*) from review r where r.user_id = ${userId} and ${only}) as count,
      (select coalesce(json_agg(${ownJson} order by r.id desc), '[]')
        from page r left join known_product k using (product_id))::text as results`.one()
  return page ?? { count: 0, results: '[]' }
}

/** What staff look for. */
export type Search = {
  hidden?: boolean | undefined
  productId?: number | undefined
  /** Words that stand in title or comment. */
  words?: string | undefined
}

/** Counting goes no further: nobody pages through more by hand. */
export const MOST_COUNTED = 10_000

/** Reviews for staff, newest first: `ModeratedReview[]`. `count` ends at `MOST_COUNTED`. */
export async function searchReviews(search: Search, slice: Slice) {
  const where = sql.join(conditions(search), sql` and `)
  const page = await sql<Page>`
    with page as (
      select * from review r where ${where}
      order by r.id desc limit ${slice.limit} offset ${slice.offset}
    )
    select (select count(*) from (
        select from review r where ${where} limit ${MOST_COUNTED}) counted) as count,
      (select coalesce(json_agg(${moderatedJson} order by r.id desc), '[]')
        from page r left join known_product k using (product_id))::text as results`.one()
  return page ?? { count: 0, results: '[]' }
}

function conditions({ hidden, productId, words }: Search) {
  return [
    sql`true`,
    ...(hidden === undefined
      ? []
      : [hidden ? sql`r.hidden_at is not null` : sql`r.hidden_at is null`]),
    ...(productId === undefined ? [] : [sql`r.product_id = ${productId}`]),
    ...(words
      ? [sql`review_words(r.title, r.comment) @@ websearch_to_tsquery('simple', ${words})`]
      : []),
  ]
}
