import * as z from 'zod'
import { isObject, mapObjects, type Schema } from './document.ts'

export type Io = 'input' | 'output'

/** Turns zod schemas into JSON Schemas of one document; what has an id is kept once, by reference. */
export type SchemaPool = {
  of(schema: z.ZodType, io: Io): Schema
  /**
   * The shared schemas by name, and the document with its references settled. What looks alike on
   * the way in and out has one name, `Product`; else the way in is `ProductInput`.
   */
  settle<T>(document: T): { document: T; schemas: Record<string, Schema> }
}

const REF = /^#\/components\/schemas\/(.+)~(input|output)$/

export function schemaPool(): SchemaPool {
  const known = new Map<string, Partial<Record<Io, Schema>>>()
  return {
    of(schema, io) {
      const { $defs, ...root } = jsonSchema(schema, io)
      for (const [id, definition] of Object.entries(isObject($defs) ? $defs : {}))
        known.set(id, { ...known.get(id), [io]: shared(definition as Schema, io) })
      return shared(root, io)
    },
    settle(document) {
      const split = splitNames(known)
      const nameOf = (id: string, io: Io) => (io === 'input' && split.has(id) ? `${id}Input` : id)
      const rename = <T>(value: T) => mapObjects(value, (it) => renamed(it, nameOf)) as T
      const schemas: Record<string, Schema> = {}
      for (const [id, forms] of [...known].sort(([a], [b]) => (a < b ? -1 : 1)))
        for (const io of ['output', 'input'] as const)
          if (forms[io]) schemas[nameOf(id, io)] = rename(forms[io])
      return { document: rename(document), schemas }
    },
  }
}

/** The JSON Schema of a zod schema with its own `$defs`. A reply with a transform has none: throws. */
export function jsonSchema(schema: z.ZodType, io: Io): Schema {
  const made = z.toJSONSchema(schema, { io, unrepresentable: io === 'input' ? 'any' : 'throw' })
  return mapSchema(made, tidy)
}

/** Names whose two forms differ, also by what they refer to. */
function splitNames(known: ReadonlyMap<string, Partial<Record<Io, Schema>>>): Set<string> {
  const split = new Set<string>()
  for (let before = -1; before < split.size; ) {
    before = split.size
    for (const [id, { input, output }] of known) {
      const form = (it: Schema | undefined) =>
        JSON.stringify(
          mapObjects(it, (at) => renamed(at, (name, io) => (split.has(name) ? name + io : name))),
        )
      if (input && output && form(input) !== form(output)) split.add(id)
    }
  }
  return split
}

function renamed(object: Schema, nameOf: (id: string, io: Io) => string): Schema {
  const [, id, io] = (typeof object.$ref === 'string' && REF.exec(object.$ref)) || []
  if (id === undefined) return object
  return { ...object, $ref: `#/components/schemas/${nameOf(id, io as Io)}` }
}

function shared(schema: Schema, io: Io): Schema {
  return mapObjects(schema, (it) =>
    typeof it.$ref === 'string' && it.$ref.startsWith('#/$defs/')
      ? { ...it, $ref: `#/components/schemas/${it.$ref.slice(8)}~${io}` }
      : it,
  ) as Schema
}

/** Formats whose name says what zod's long pattern says again. */
const NAMED = new Set(['date-time', 'date', 'time', 'email', 'uuid', 'ipv4', 'ipv6'])

const MAPS = new Set(['properties', 'patternProperties', '$defs'])
const LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const ONES = new Set(['items', 'additionalProperties', 'propertyNames', 'not', 'contains'])

/** Every schema within a schema, inner ones first; values such as defaults and examples are not. */
function mapSchema(schema: Schema, change: (schema: Schema) => Schema): Schema {
  const one = (it: unknown) => (isObject(it) ? mapSchema(it, change) : it)
  const mapped: Schema = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (MAPS.has(keyword) && isObject(value))
      mapped[keyword] = Object.fromEntries(Object.entries(value).map(([k, it]) => [k, one(it)]))
    else if (LISTS.has(keyword) && Array.isArray(value)) mapped[keyword] = value.map(one)
    else mapped[keyword] = ONES.has(keyword) ? one(value) : value
  }
  return change(mapped)
}

/** Leaves out what is noise to a reader: our own marks, the bounds of a double, twice-told patterns. */
function tidy(schema: Schema): Schema {
  const { $schema: _dialect, id: _id, param: _param, ...kept } = schema
  if (typeof kept.format === 'string' && NAMED.has(kept.format)) delete kept.pattern
  if (kept.minimum === Number.MIN_SAFE_INTEGER) delete kept.minimum
  if (kept.maximum === Number.MAX_SAFE_INTEGER) delete kept.maximum
  if ('example' in kept) {
    kept.examples ??= [kept.example]
    delete kept.example
  }
  if (kept.type === 'integer') kept.format ??= fits32(kept) ? 'int32' : 'int64'
  return nullable(kept)
}

function fits32({ maximum }: Schema): boolean {
  return typeof maximum === 'number' && maximum <= 2_147_483_647
}

/** `anyOf: [{ type: 'string' }, { type: 'null' }]` → `type: ['string', 'null']`. */
function nullable(schema: Schema): Schema {
  const { anyOf, ...rest } = schema
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return schema
  const [first, second] = anyOf
  if (!isObject(first) || !isObject(second) || second.type !== 'null') return schema
  if (typeof first.type !== 'string' || 'enum' in first || 'const' in first) return schema
  return { ...first, ...rest, type: [first.type, 'null'] }
}
