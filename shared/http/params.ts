import * as z from 'zod'

/** Largest value of PostgreSQL's `integer`. */
export const MAX_INTEGER = 2_147_483_647

/** How a path parameter looks; the router tells routes of one shape apart by it. */
export type ParamKind = 'integer' | 'uuid' | 'text'

/** Text that PostgreSQL can hold: no NUL, no half of a surrogate pair. */
export function safeText(min: number, max: number) {
  const tooLong = `must be at most ${max} characters`
  return (
    z
      .string()
      .min(min)
      .max(2 * max, tooLong)
      // Code points, as PostgreSQL's `char_length` and JSON Schema count them.
      .refine((text) => text.length <= max || [...text].length <= max, tooLong)
      .refine(
        (text) => !text.includes('\0') && text.isWellFormed(),
        'holds characters that cannot be stored',
      )
      .meta({ maxLength: max })
  )
}

/** Schemas for path parameters. */
export const id = {
  /** A positive integer in its one spelling: no sign, no leading zero. */
  integer: z
    .string()
    .regex(/^[1-9][0-9]{0,9}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(MAX_INTEGER))
    .meta({ param: 'integer' }),
  uuid: z.guid().toLowerCase().meta({ param: 'uuid' }),
  text: safeText(1, 255).meta({ param: 'text' }),
}

export function paramKind(schema: z.ZodType): ParamKind {
  const kind = schema.meta()?.param
  return kind === 'integer' || kind === 'uuid' ? kind : 'text'
}

/** What a decoded path segment must look like to be taken for a parameter of this kind. */
export const paramPattern: Record<ParamKind, RegExp> = {
  integer: /^[0-9]{1,20}$/,
  uuid: /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/,
  text: /^[^/]+$/,
}
