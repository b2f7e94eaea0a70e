import * as z from 'zod'
import { id, MAX_INTEGER, safeText } from '../../shared/http/params.ts'

export const MAX_TITLE = 150
export const MAX_COMMENT = 5000

export const Rating = z.int().min(1).max(5).meta({ id: 'Rating', description: '1 (worst) to 5' })

/** What an author says; one shape for a new review and a changed one. */
export const written = {
  rating: Rating,
  title: safeText(0, MAX_TITLE).default(''),
  comment: safeText(0, MAX_COMMENT).default('').meta({ description: 'Plain text, never markup' }),
}

export const ProductId = z.int().min(1).max(MAX_INTEGER)

export const Review = z
  .object({
    id: z.guid(),
    product_id: z.int(),
    user: z
      .object({ id: z.guid().nullable(), username: z.string().nullable() })
      .meta({ description: 'The author; both are null when the account is deleted' }),
    rating: Rating,
    title: z.string(),
    comment: z.string(),
    helpful_count: z.int().min(0).meta({ description: 'How many users found it helpful' }),
    created_at: z.iso.datetime({ offset: true }),
    updated_at: z.iso.datetime({ offset: true }),
  })
  .meta({ id: 'Review' })

export const ReviewDetail = Review.extend({
  product_valid: z.boolean().meta({ description: 'Whether the product is still there' }),
}).meta({ id: 'ReviewDetail' })

const hidden = { at: z.iso.datetime({ offset: true }), reason: z.string() }

export const OwnReview = ReviewDetail.extend({
  product_name: z.string().nullable(),
  hidden: z
    .object(hidden)
    .nullable()
    .meta({ description: 'When and why staff hid it; null while everybody sees it' }),
}).meta({ id: 'OwnReview' })

export const ModeratedReview = ReviewDetail.extend({
  product_name: z.string().nullable(),
  hidden: z.object({ ...hidden, by: z.guid().nullable() }).nullable(),
}).meta({ id: 'ModeratedReview' })

export const Summary = z
  .object({
    mean: z.number().min(0).max(5).meta({ description: 'One place; 0 when there is no review' }),
    count: z.int().min(0),
    histogram: z
      .object({ 1: z.int(), 2: z.int(), 3: z.int(), 4: z.int(), 5: z.int() })
      .meta({ description: 'Reviews by rating' }),
  })
  .meta({ id: 'RatingSummary' })

export const Helpful = z
  .object({ review_id: z.guid(), helpful_count: z.int().min(0), voted: z.boolean() })
  .meta({ id: 'HelpfulVote' })

export const Moderation = z
  .discriminatedUnion('action', [
    z.strictObject({
      action: z.literal('hide'),
      reason: safeText(1, 500).meta({ description: 'Shown to the author' }),
    }),
    z.strictObject({ action: z.literal('restore'), reason: safeText(0, 500).optional() }),
  ])
  .meta({ id: 'Moderation' })

/** One product's aggregate, whole; a greater version replaces a smaller one. */
export const RatingChanged = z
  .object({
    product_id: ProductId,
    mean: z.string().regex(/^[0-5]\.\d$/),
    count: z.int().min(0),
    version: z.int().min(1),
  })
  .meta({ id: 'RatingChanged' })

export const reviewParams = { review_id: id.uuid }
