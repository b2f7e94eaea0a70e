import * as z from 'zod'

/** Where a page ended: the value its last product is ordered by, as text, and its id. */
export type Place = { by: string; value: string; id: number }

const Cursor = z.tuple([z.string(), z.string(), z.int().positive()])

/** The place as an opaque word for an address. */
export function cursorOf({ by, value, id }: Place): string {
  return Buffer.from(JSON.stringify([by, value, id])).toString('base64url')
}

/** A query value that `cursorOf` made. */
export const cursor = z
  .string()
  .max(2000)
  .transform((word, context): Place => {
    try {
      const [by, value, id] = Cursor.parse(JSON.parse(Buffer.from(word, 'base64url').toString()))
      return { by, value, id }
    } catch {
      context.addIssue('is no cursor of this list; follow `next` as it is')
      return z.NEVER
    }
  })
  .meta({
    description:
      'Where the page before ended; in `next`, to be followed as it is. Makes the ten thousandth ' +
      'page as quick as the first; `offset` beside it only says where that is.',
  })
