import type { Part } from '../../../shared/data/postgres.ts'
import { moderatedJson, ownJson, sql, transaction } from './shape.ts'

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
/** Words are looked for in as many of the newest reviews one by one, in all others by the index. */
const NEWEST = 2000

/** Reviews for staff, newest first: `ModeratedReview[]`. `count` ends at `MOST_COUNTED`. */
export function searchReviews({ words, ...search }: Search, slice: Slice): Promise<Page> {
  const where = sql.join(conditions(search), sql` and `)
  if (words === undefined) {
    return pageOf(sql`select id from review r where ${where}`, slice)
  }
  const match = sql`review_words(r.title, r.comment) @@ websearch_to_tsquery('simple', ${words})`
  // The index of words knows no order. So of a word in more reviews than are counted it gives any;
  // the newest, which moderators are after, are there in any case.
  const found = sql`
    (select id from (select * from review r where ${where} order by id desc limit ${NEWEST}) r
      where ${match})
    union
    (select id from review r where ${where} and ${match} limit ${MOST_COUNTED})`
  return transaction(async () => {
    // The planner takes rare words for common ones, and would read all reviews for them.
    await sql`set local enable_seqscan = off`
    return pageOf(sql`select id from found`, slice, sql`found as materialized (${found}),`)
  })
}

async function pageOf(ids: Part, { limit, offset }: Slice, before: Part = sql``): Promise<Page> {
  const page = await sql<Page>`
    with ${before} page as (select id from (${ids}) wanted order by id desc limit ${limit} offset ${offset})
    select (select count(*) from (select from (${ids}) wanted limit ${MOST_COUNTED}) counted) as count,
      (select coalesce(json_agg(${moderatedJson} order by r.id desc), '[]')
        from page join review r using (id) left join known_product k using (product_id))::text
        as results`
    .planned()
    .one()
  return page ?? { count: 0, results: '[]' }
}

function conditions({ hidden, productId }: Omit<Search, 'words'>) {
  const visible = hidden ? sql`r.hidden_at is not null` : sql`r.hidden_at is null`
  return [
    sql`true`,
    ...(hidden === undefined ? [] : [visible]),
    ...(productId === undefined ? [] : [sql`r.product_id = ${productId}`]),
  ]
}
