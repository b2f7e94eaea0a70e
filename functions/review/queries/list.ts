import { BOTTOM, type Place, TOP } from '../cursor.ts'
import { reviewJson, sql } from './shape.ts'

export const orderings = ['newest', 'rating', '-rating', '-helpful'] as const
export type Ordering = (typeof orderings)[number]

export type Wanted = {
  productId: number
  /** Only these ratings. */
  ratings: readonly number[]
  ordering: Ordering
  limit: number
  offset: number
  /** Start behind this place, or end before it. */
  after?: Place | undefined
  before?: Place | undefined
}

export type Page = {
  /** Reviews of these ratings. */
  count: number
  /** `RatingSummary` of the product and `Review[]`, as JSON. */
  summary: string
  results: string
  /** Whether there are more in the direction read. */
  more: boolean
  /** The places of the first and last on the page. */
  first: Place | undefined
  last: Place | undefined
}

type Row = {
  count: number
  summary: string
  results: string
  size: number
  near: Place | null
  far: Place | null
}

/** Where each rating's reviews begin, for a page behind (or before) a place. */
type Branch = { rating: number; helpful: number; id: string }

/**
 * One page of a product's reviews with its summary, in one statement. Each rating is a branch with
 * an index of its own, read from the place on and merged, so that no page, filter or ordering reads
 * more than five times its limit, at any depth; `offset` alone reads what it skips.
 */
export async function listReviews(wanted: Wanted): Promise<Page> {
  const { productId, ratings, ordering, limit, before } = wanted
  const down = before === undefined
  const bound = BigInt(limit) + 1n + BigInt(wanted.offset)
  const branches = branchesOf(wanted)
  const order = orderOf(ordering, down)
  const row = await sql<Row>`
    with page as (
      select r.*, row_number() over (order by ${order}) as n
      from ${ratings.length === 5 && ordering === 'newest' ? allOf(productId, branches, bound, down) : mergedOf(productId, branches, bound, ordering, down)}
      order by n offset ${wanted.offset} limit ${limit + 1}
    ), shown as (
      select * from page order by n limit ${limit}
    )
    select ${countOf(ratings)} as count, ${summaryJson}::text as summary,
      (select coalesce(json_agg(${reviewJson} order by ${down ? sql`n` : sql`n desc`}), '[]')
        from shown r)::text as results,
      (select count(*) from page) as size,
      (select ${placeJson} from shown r order by n limit 1) as near,
      (select ${placeJson} from shown r order by n desc limit 1) as far
    from (select ${productId}::int as product_id) asked left join rating t using (product_id)`.one()
  if (!row) throw new Error('the row asked for by its own select is missing')
  const [first, last] = down ? [row.near, row.far] : [row.far, row.near]
  return {
    count: row.count,
    summary: row.summary,
    results: row.results,
    more: row.size > limit,
    first: first ?? undefined,
    last: last ?? undefined,
  }
}

const placeJson = sql`json_build_object('rating', r.rating, 'helpful', r.helpful_count, 'id', r.id)`

const summaryJson = sql`json_build_object(
  'mean', rating_mean(coalesce(t.sum, 0), coalesce(t.count, 0))::numeric,
  'count', coalesce(t.count, 0),
  'histogram', json_build_object('1', coalesce(t.stars1, 0), '2', coalesce(t.stars2, 0),
    '3', coalesce(t.stars3, 0), '4', coalesce(t.stars4, 0), '5', coalesce(t.stars5, 0)))`

function countOf(ratings: readonly number[]) {
  const stars = ratings.map((it) => sql`coalesce(${sql.identifier(`t.stars${it}`)}, 0)`)
  return sql.join(stars, sql` + `)
}

function branchesOf({ ratings, ordering, after, before }: Wanted): Branch[] {
  const place = after ?? before
  const end = before ? BOTTOM : TOP
  if (!place) return ratings.map((rating) => ({ ...end, rating }))
  if (ordering === 'newest' || ordering === '-helpful')
    return ratings.map((rating) => ({ ...place, rating }))
  // Ordered by rating: whole branches lie behind the place, and in its own one it bounds the id.
  const rising = (ordering === 'rating') !== (before !== undefined)
  return ratings
    .filter((it) => (rising ? it >= place.rating : it <= place.rating))
    .map((rating) => ({ ...(rating === place.rating ? place : end), rating }))
}

function orderOf(ordering: Ordering, down: boolean) {
  const id = down ? sql`r.id desc` : sql`r.id`
  if (ordering === 'newest') return id
  if (ordering === '-helpful')
    return down ? sql`r.helpful_count desc, ${id}` : sql`r.helpful_count, ${id}`
  return (ordering === 'rating') === down ? sql`r.rating, ${id}` : sql`r.rating desc, ${id}`
}

/** All ratings, newest first: the one index that needs no merging. */
function allOf(productId: number, [branch]: Branch[], bound: bigint, down: boolean) {
  const id = (branch ?? TOP).id
  return sql`(
    select * from review
    where product_id = ${productId} and hidden_at is null
      and ${down ? sql`id < ${id}` : sql`id > ${id}`}
    order by ${down ? sql`id desc` : sql`id`} limit ${bound}
  ) r`
}

function mergedOf(
  productId: number,
  branches: Branch[],
  bound: bigint,
  ordering: Ordering,
  down: boolean,
) {
  const byVotes = ordering === '-helpful'
  const key = byVotes ? sql`(review.helpful_count, review.id)` : sql`review.id`
  const from = byVotes ? sql`(branch.helpful, branch.id)` : sql`branch.id`
  const order = down ? sql`helpful_count desc, id desc` : sql`helpful_count, id`
  return sql`unnest(
      ${branches.map((it) => it.rating)}::smallint[], ${branches.map((it) => it.helpful)}::int[],
      ${branches.map((it) => it.id)}::uuid[]) as branch (rating, helpful, id)
    cross join lateral (
      select * from review
      where product_id = ${productId} and rating = branch.rating and hidden_at is null
        and ${down ? sql`${key} < ${from}` : sql`${key} > ${from}`}
      order by ${byVotes ? order : down ? sql`id desc` : sql`id`} limit ${bound}
    ) r`
}
