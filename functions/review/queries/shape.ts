import { database } from '../../../shared/data/postgres.ts'

export const { sql, transaction } = database('review')

const created = sql`to_char(r.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
const updated = sql`to_char(r.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
const hidden = sql`to_char(r.hidden_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const members = sql`'id', r.id, 'product_id', r.product_id,
  'user', json_build_object('id', r.user_id, 'username', r.username),
  'rating', r.rating, 'title', r.title, 'comment', r.comment, 'helpful_count', r.helpful_count,
  'created_at', ${created}, 'updated_at', ${updated}`

const validity = sql`'product_valid', coalesce(not k.deleted, false)`

/** `Review` as JSON, of a row `r` of review. */
export const reviewJson = sql`json_build_object(${members})`

/** `ReviewDetail`, of `r` and a row `k` of known_product. */
export const detailJson = sql`json_build_object(${members}, ${validity})`

/** `OwnReview`, of `r` and `k`. */
export const ownJson = sql`json_build_object(${members}, ${validity},
  'product_name', k.name,
  'hidden', case when r.hidden_at is not null
    then json_build_object('at', ${hidden}, 'reason', r.hidden_reason) end)`

/** `ModeratedReview`, of `r` and `k`. */
export const moderatedJson = sql`json_build_object(${members}, ${validity},
  'product_name', k.name,
  'hidden', case when r.hidden_at is not null
    then json_build_object('at', ${hidden}, 'reason', r.hidden_reason, 'by', r.hidden_by) end)`
