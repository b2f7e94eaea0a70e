import fc from 'fast-check'
import { isObject, type OpenApiDocument, type Schema } from '../../shared/derive/document.ts'

/** What stands in place of a schema's own values: by `operation:field`, or by field. */
export type Known = Readonly<Record<string, fc.Arbitrary<unknown>>>

export type Making = { document: OpenApiDocument; operation: string; known: Known }

/** Values that fit a schema (the part of JSON Schema 2020-12 that our documents use). */
export function valuesOf(schema: unknown, making: Making, field = ''): fc.Arbitrary<unknown> {
  const known = making.known[`${making.operation}:${field}`] ?? making.known[field]
  if (known) return known
  if (!isObject(schema)) return fc.jsonValue()
  if (typeof schema.$ref === 'string')
    return valuesOf(resolved(schema.$ref, making.document), making, field)
  if ('const' in schema) return fc.constant(schema.const)
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum)
  for (const list of [schema.oneOf, schema.anyOf])
    if (Array.isArray(list)) return fc.oneof(...list.map((it) => valuesOf(it, making, field)))
  if (Array.isArray(schema.allOf)) return valuesOf(merged(schema, making.document), making, field)
  const types = [schema.type].flat()
  return fc.oneof(...types.map((type) => ofType(String(type), schema, making, field)))
}

function ofType(
  type: string,
  schema: Schema,
  making: Making,
  field: string,
): fc.Arbitrary<unknown> {
  if (type === 'object') return objects(schema, making)
  if (type === 'array') {
    const [minLength, maxLength] = [number(schema.minItems, 0), number(schema.maxItems, 10)]
    return fc.array(valuesOf(schema.items, making, field), {
      minLength,
      maxLength: Math.min(maxLength, Math.max(5, minLength)),
    })
  }
  if (type === 'integer') return integers(schema)
  if (type === 'number')
    return fc.double({
      min: number(schema.minimum, -1e9),
      max: number(schema.maximum, 1e9),
      noNaN: true,
    })
  if (type === 'boolean') return fc.boolean()
  if (type === 'null') return fc.constant(null)
  return strings(schema)
}

function objects(schema: Schema, making: Making): fc.Arbitrary<unknown> {
  const required = Array.isArray(schema.required) ? schema.required.map(String) : []
  const fields = Object.entries(isObject(schema.properties) ? schema.properties : {}).map(
    ([name, it]) => [name, valuesOf(it, making, name)] as const,
  )
  return fc.record(Object.fromEntries(fields), { requiredKeys: required })
}

/** Most often anything between, sometimes the bounds themselves. */
function integers(schema: Schema): fc.Arbitrary<number> {
  const [min, max] = [number(schema.minimum, -1e9), number(schema.maximum, 1e9)]
  const whole = { min, max }
  return fc.oneof(
    { arbitrary: fc.integer({ min, max: Math.min(max, min + 20) }), weight: 3 },
    { arbitrary: fc.integer(whole), weight: 1 },
    { arbitrary: fc.constantFrom(min, max), weight: 1 },
  )
}

/** Lengths are code points, as JSON Schema counts them. No NUL: the document's words exclude it. */
function strings(schema: Schema): fc.Arbitrary<string> {
  const [min, max] = [number(schema.minLength, 0), number(schema.maxLength, 100)]
  const fits = (text: string) => [...text].length >= min && [...text].length <= max
  if (schema.format === 'uuid') return fc.uuid()
  if (schema.format === 'date-time')
    return fc.date({ noInvalidDate: true }).map((it) => it.toISOString())
  if (typeof schema.pattern === 'string')
    return fc.stringMatching(new RegExp(schema.pattern)).filter(fits)
  const some = { minLength: min, maxLength: Math.min(max, min + 30) }
  const plain = (text: string) => text.replaceAll('\0', 'O')
  return fc.oneof(
    { arbitrary: fc.string(some), weight: 4 },
    { arbitrary: fc.string({ ...some, unit: 'binary' }).map(plain), weight: 4 },
    { arbitrary: fc.constantFrom(...awkward.filter(fits), 'x'.repeat(min)), weight: 2 },
    { arbitrary: fc.constantFrom('x', 'é', '𝒳', '👍').map((it) => it.repeat(max)), weight: 1 },
    { arbitrary: fc.constant('x'.repeat(min)), weight: 1 },
  )
}

/** Text that has hurt others, and is text all the same. */
const awkward = [
  "' or 1=1; drop table product; --",
  '<script>alert(1)</script>',
  '%',
  '\\',
  '_%\\_',
  '\u202eabc',
  'a\r\nset-cookie: a=b',
  '{"$ne":1}',
  '__proto__',
  'İı',
  '$' + '{7*7}',
  '../../etc/passwd',
]

function merged(schema: Schema, document: OpenApiDocument): Schema {
  const parts = (schema.allOf as unknown[]).map((it) =>
    isObject(it) && typeof it.$ref === 'string' ? resolved(it.$ref, document) : it,
  ) as Schema[]
  const properties = Object.assign({}, ...parts.map((it) => it.properties))
  const required = parts.flatMap((it) => (Array.isArray(it.required) ? it.required : []))
  return { ...Object.assign({}, ...parts), properties, required }
}

export function resolved(ref: string, document: OpenApiDocument): unknown {
  let at: unknown = document
  for (const step of ref.slice(2).split('/')) at = isObject(at) ? at[step] : undefined
  return at
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}
