import type * as z from 'zod'
import type { Contract } from '../http/contract.ts'
import { isObject, type Schema } from './document.ts'
import { jsonSchema } from './schemas.ts'

/** One call that fits its contract, as it is written on the wire. No credentials are in it. */
export type ExampleCall = {
  params: Record<string, string>
  query: Record<string, string>
  body: unknown
  /** Names in lower case. */
  headers: Record<string, string>
}

/**
 * The contract's own example where it gives one, else one made from the schemas. Throws when none
 * can be made that the schemas take: then the contract, or a `.meta({ examples })`, has to give it.
 */
export function exampleCall(contract: Contract): ExampleCall {
  const given = contract.example
  const params: Record<string, string> = {}
  for (const [name, schema] of Object.entries(contract.params ?? {}))
    params[name] = given?.params?.[name] ?? String(exampleOf(schema, `${name} of ${contract.path}`))
  const query = given?.query ?? requiredQuery(contract)
  const body = contract.body
    ? (given?.body ?? exampleOf(contract.body, `the body of ${contract.path}`))
    : undefined
  const headers: Record<string, string> = { accept: 'application/json' }
  if (contract.body) headers['content-type'] = 'application/json'
  if (contract.idempotent) headers['idempotency-key'] = 'c1f3a7de-2f0b-4d6e-9a55-6f0f0c7f3b21'
  return { params, query, body, headers }
}

function requiredQuery(contract: Contract): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [name, schema] of Object.entries<z.ZodType>(contract.query?.shape ?? {}))
    if (!schema.safeParse(undefined).success)
      query[name] = String(exampleOf(schema, `${name} in the query of ${contract.path}`))
  return query
}

/** A value that the schema takes, with every optional field if it can be, else with none. */
export function exampleOf(schema: z.ZodType, where: string): unknown {
  const root = jsonSchema(schema, 'input')
  for (const optional of [true, false]) {
    const value = sample(root, { root, optional, depth: 0 })
    if (schema.safeParse(value).success) return value
  }
  const value = sample(root, { root, optional: false, depth: 0 })
  const reason = schema.safeParse(value).error?.issues[0]
  throw new Error(
    `No example of ${where} could be made: ${reason?.path.join('.')} ${reason?.message}; give one in the contract`,
  )
}

type Making = { root: Schema; optional: boolean; depth: number }

function sample(schema: unknown, making: Making): unknown {
  if (!isObject(schema)) return null
  if (typeof schema.$ref === 'string') return sample(resolve(schema.$ref, making.root), making)
  if ('const' in schema) return schema.const
  for (const list of [schema.examples, schema.enum])
    if (Array.isArray(list) && list.length > 0) return list[0]
  if ('default' in schema) return schema.default
  for (const list of [schema.oneOf, schema.anyOf])
    if (Array.isArray(list)) return sample(list[0], making)
  if (Array.isArray(schema.allOf))
    return sample(Object.assign({}, schema, { allOf: undefined }, ...schema.allOf), making)
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'object') return sampleObject(schema, making)
  if (type === 'array') return sampleList(schema, making)
  if (type === 'integer' || type === 'number') return sampleNumber(schema)
  if (type === 'boolean') return true
  return type === 'null' ? null : sampleText(schema)
}

function resolve(ref: string, root: Schema): unknown {
  if (ref === '#') return root
  return isObject(root.$defs) ? root.$defs[ref.slice('#/$defs/'.length)] : undefined
}

function sampleObject(schema: Schema, making: Making): Schema {
  const object: Schema = {}
  const required = Array.isArray(schema.required) ? schema.required : []
  const deep = making.depth > 6
  for (const [key, child] of Object.entries(isObject(schema.properties) ? schema.properties : {}))
    if (required.includes(key) || (making.optional && !deep))
      object[key] = sample(child, { ...making, depth: making.depth + 1 })
  return object
}

function sampleList(schema: Schema, making: Making): unknown[] {
  if (Array.isArray(schema.prefixItems)) return schema.prefixItems.map((it) => sample(it, making))
  const least = typeof schema.minItems === 'number' ? schema.minItems : 0
  if (making.depth > 6 && least === 0) return []
  const item = sample(schema.items, { ...making, depth: making.depth + 1 })
  return Array.from({ length: Math.max(1, least) }, () => item)
}

function sampleNumber({ minimum, exclusiveMinimum, maximum, multipleOf }: Schema): number {
  const least =
    typeof minimum === 'number'
      ? minimum
      : typeof exclusiveMinimum === 'number'
        ? exclusiveMinimum + 1
        : 1
  const step = typeof multipleOf === 'number' ? multipleOf : 1
  const value = Math.ceil(Math.max(least, 1) / step) * step
  return typeof maximum === 'number' && value > maximum ? maximum : value
}

const FORMATS: Record<string, string> = {
  uuid: '0198c2a4-6f1e-7c3b-9d53-2f4a8b1c6e07',
  'date-time': '2026-01-31T12:00:00Z',
  date: '2026-01-31',
  time: '12:00:00',
  email: 'amina@example.com',
  uri: 'https://shop.example/',
  hostname: 'shop.example',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
}

/** Tried in turn against a pattern; they cover the ones in use, and an unusual one gives its own. */
const TEXTS = [
  'example',
  'an example as long as it has to be',
  '12.99',
  '1',
  'Example',
  'a1b2c3',
  '4006381333931',
  '1,2',
  '-1',
  '',
]

function sampleText(schema: Schema): string {
  if (typeof schema.format === 'string' && FORMATS[schema.format])
    return FORMATS[schema.format] ?? ''
  const least = typeof schema.minLength === 'number' ? schema.minLength : 0
  const most = typeof schema.maxLength === 'number' ? schema.maxLength : Number.POSITIVE_INFINITY
  const pattern = typeof schema.pattern === 'string' ? new RegExp(schema.pattern, 'u') : /^/
  const long = TEXTS.map((text) => (text === '' ? '' : text.padEnd(least, text)))
  const fits = (text: string) => text.length >= least && text.length <= most && pattern.test(text)
  return long.find(fits) ?? 'example'.slice(0, most)
}
