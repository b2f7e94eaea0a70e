import * as z from 'zod'
import { MAX_INTEGER } from '../../shared/http/params.ts'

/** Where a review stands in every ordering at once, so that any page can be continued by any. */
export type Place = { rating: number; helpful: number; id: string }

const LENGTH = 21

/** Above all reviews: no id is as great. */
export const TOP: Place = {
  rating: 5,
  helpful: MAX_INTEGER,
  id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
}
/** Below all reviews: votes begin at 0. */
export const BOTTOM: Place = { rating: 1, helpful: -1, id: '00000000-0000-0000-0000-000000000000' }

/** The place as an opaque word for an address. */
export function cursorOf({ rating, helpful, id }: Place): string {
  const bytes = Buffer.alloc(LENGTH)
  bytes.writeUInt8(rating)
  bytes.writeInt32BE(helpful, 1)
  bytes.write(id.replaceAll('-', ''), 5, 'hex')
  return bytes.toString('base64url')
}

function placeOf(word: string): Place | undefined {
  const bytes = Buffer.from(word, 'base64url')
  const rating = bytes.readUInt8(0)
  const helpful = bytes.readInt32BE(1)
  const hex = bytes.toString('hex', 5)
  if (rating < 1 || rating > 5 || helpful < 0) return undefined
  return { rating, helpful, id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') }
}

/** A query value that `cursorOf` made; taken from `next` and `previous` as it is. */
export function cursor(description: string) {
  return z
    .string()
    .regex(/^[\w-]{28}$/, 'is no cursor of this list')
    .transform((word, context) => {
      const place = placeOf(word)
      if (!place) context.addIssue('is no cursor of this list')
      return place ?? z.NEVER
    })
    .optional()
    .meta({ description })
}
