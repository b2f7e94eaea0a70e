import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { isObject, type OpenApiDocument, type Schema } from '../../shared/derive/document.ts'
import type { Verdict } from './cases.ts'

/** What a document says of text that somebody sends. */
export type Fits = {
  /** Whether a body is JSON that fits. */
  body(schema: unknown, text: string): boolean
  /** What has to become of a query parameter with this text. */
  text(schema: Schema, text: string): Verdict
  /** The same of a part of the path, encoded. */
  segment(schema: Schema, encoded: string): Verdict
}

export function fitsOf(document: OpenApiDocument): Fits {
  const ajv = new Ajv2020({ strict: false, logger: false })
  ajvFormats.default(ajv)
  const compiled = new Map<unknown, (value: unknown) => boolean>()
  const valid = (schema: unknown, value: unknown) => {
    let check = compiled.get(schema)
    if (!check) {
      const whole = { ...(isObject(schema) ? schema : {}), components: document.components }
      check = ajv.compile(whole)
      compiled.set(schema, check)
    }
    return check(value)
  }
  const text = (schema: Schema, given: string): Verdict => {
    if (!storable(given)) return 'refused'
    if (schema.type !== 'integer') return valid(schema, given) ? 'any' : 'refused'
    if (!/^-?\d+$/.test(given)) return 'refused'
    return valid(schema, Number(given)) ? 'any' : 'refused'
  }
  return {
    body(schema, given) {
      try {
        const value: unknown = JSON.parse(given)
        return storable(JSON.stringify(value)) && valid(schema, value)
      } catch {
        return false
      }
    },
    text,
    segment(schema, encoded) {
      let decoded: string
      try {
        decoded = decodeURIComponent(encoded)
      } catch {
        return 'refused'
      }
      const forms = Array.isArray(schema.oneOf) ? (schema.oneOf as Schema[]) : [schema]
      return forms.some((it) => text(it, decoded) === 'any') ? 'any' : 'refused'
    },
  }
}

/** The documents say in words that text holds no NUL and no half of a character. */
function storable(text: string): boolean {
  return !/\0|\\u0000|\\ud[89a-f]/i.test(text)
}
