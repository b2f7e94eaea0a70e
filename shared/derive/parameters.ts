import type * as z from 'zod'
import type { Contract } from '../http/contract.ts'
import { paramKind } from '../http/params.ts'
import type { Parameter, Ref, Schema } from './document.ts'
import { exampleCall } from './example.ts'
import { jsonSchema, type SchemaPool } from './schemas.ts'

const KINDS = { integer: 'A positive whole number', uuid: 'A UUID', text: 'Text' }

/** Path, query and header parameters of one operation. */
export function parametersOf(contract: Contract, pool: SchemaPool): (Parameter | Ref)[] {
  const example = exampleCall(contract)
  const path = Object.entries(contract.params ?? {}).map(
    ([name, schema]): Parameter => ({
      name,
      in: 'path',
      required: true,
      description: schema.meta()?.description ?? KINDS[paramKind(schema)],
      schema: valueSchema(schema, pool),
      example: typed(example.params[name], schema),
    }),
  )
  return [...path, ...queryOf(contract, example.query, pool), ...headersOf(contract)]
}

function queryOf(
  contract: Contract,
  examples: Record<string, string>,
  pool: SchemaPool,
): Parameter[] {
  return Object.entries<z.ZodType>(contract.query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...value } = valueSchema(schema, pool)
    const list = value.type === 'array' ? { style: 'form' as const, explode: false } : {}
    const shown = examples[name] === undefined ? {} : { example: typed(examples[name], schema) }
    return {
      name,
      in: 'query',
      required: !schema.safeParse(undefined).success,
      description: typeof description === 'string' ? description : phrase(name),
      schema: value,
      ...list,
      ...shown,
    }
  })
}

const headerNames = {
  idempotency: 'IdempotencyKey',
  match: 'IfMatch',
  noneMatch: 'IfNoneMatch',
} as const

function headersOf(contract: Contract): Ref[] {
  const refs: string[] = []
  if (contract.idempotent) refs.push(headerNames.idempotency)
  if (contract.errors?.includes('precondition_failed')) refs.push(headerNames.match)
  if (isPublicRead(contract)) refs.push(headerNames.noneMatch)
  return refs.map((name) => ({ $ref: `#/components/parameters/${name}` }))
}

/** Whether the answer is everybody's: it has an entity tag then, and may be stored. */
export function isPublicRead(contract: Contract): boolean {
  return contract.method === 'GET' && contract.access === 'anyone'
}

/**
 * How a parameter looks to a client. Text that is read as a number is documented as that number,
 * text that is read as a list as a list with commas; all else as the text it is.
 */
function valueSchema(schema: z.ZodType, pool: SchemaPool): Schema {
  const asked = pool.of(schema, 'input')
  const read = outputOf(schema)
  if (read && ['integer', 'number', 'array'].includes(String(read.type)))
    return typeof read.default === 'object' ? { ...read, default: undefined } : read
  if (read && 'default' in read && typeof read.default !== 'string') delete asked.default
  return asked
}

function outputOf(schema: z.ZodType): Schema | undefined {
  try {
    return jsonSchema(schema, 'output')
  } catch {
    // A transform has no schema of its own; the text it takes has.
    return undefined
  }
}

function typed(text: string | undefined, schema: z.ZodType): unknown {
  const type = outputOf(schema)?.type
  if (type === 'array') return text?.split(',').map((it) => (/^\d+$/.test(it) ? Number(it) : it))
  return type === 'integer' || type === 'number' ? Number(text) : text
}

const SUFFIXES: Record<string, string> = {
  gt: 'greater than this',
  gte: 'at least this',
  lt: 'less than this',
  lte: 'at most this',
}

/** `price__gte` → `price: at least this`; a schema's own description is better. */
function phrase(name: string): string {
  if (name === 'ordering') return 'Order of the results; with `-` the other way round'
  const [field = name, suffix] = name.split('__')
  const words = field.replaceAll('_', ' ')
  return suffix === undefined ? `By ${words}` : `${words}: ${SUFFIXES[suffix] ?? suffix}`
}

/** The header parameters that operations refer to. */
export const sharedParameters: Record<string, Parameter> = {
  [headerNames.idempotency]: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'Makes a retry safe: the same key with the same request gives the first answer again, with `Idempotent-Replayed: true`.',
    // No example: a page that fills it in would send one key with every call.
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  },
  [headerNames.match]: {
    name: 'If-Match',
    in: 'header',
    required: false,
    description:
      'The `ETag` that was read; when it has changed since, 412 and nothing is written. A list or `*` as RFC 9110 has it.',
    schema: { type: 'string', format: 'entity-tags' },
  },
  [headerNames.noneMatch]: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'The `ETag` of a copy at hand; 304 when that is still good. A list or `*` too.',
    schema: { type: 'string', format: 'entity-tags' },
  },
}
