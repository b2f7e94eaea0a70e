import type { Contract } from '../http/contract.ts'
import { paramKind } from '../http/params.ts'
import {
  isObject,
  type Operation,
  type Parameter,
  type Ref,
  type Reply,
  type Schema,
} from './document.ts'
import { faultReplies, problemCodes } from './faults.ts'
import { optional } from './headers.ts'
import { operationOf, type Sharing } from './operation.ts'

/**
 * Contracts whose paths differ only in the names of their parameters: OpenAPI takes them for one
 * path. Names that differ are joined: `{product_id}` and `{review_id}` → `{product_id_or_review_id}`.
 */
export type PathGroup = { path: string; contracts: Contract[] }

export function groupByShape(contracts: readonly Contract[]): PathGroup[] {
  const groups = new Map<string, Contract[]>()
  for (const contract of contracts) {
    const shape = contract.path.replaceAll(/\{\w+\}/g, '{}')
    groups.set(shape, [...(groups.get(shape) ?? []), contract])
  }
  return [...groups].map(([shape, members]) => {
    const names = members.map((it) => namesOf(it))
    let at = 0
    const path = shape.replaceAll('{}', () => {
      const here = new Set(names.map((it) => it[at]))
      at++
      return `{${[...here].join('_or_')}}`
    })
    return { path, contracts: members }
  })
}

function namesOf(contract: Contract): string[] {
  return [...contract.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}

/** The operation of one method of a group: of one contract, or of several told apart by type. */
export function operationAt(
  { path, contracts }: PathGroup,
  method: string,
  sharing: Sharing,
): Operation {
  const template = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const variants = contracts
    .filter((it) => it.method === method)
    .map((it) => ({
      contract: it,
      operation: renameParams(it, operationOf(it, sharing), template),
    }))
  const [only] = variants
  if (!only) throw new Error(`${path} has no ${method}`)
  if (variants.length === 1) return only.operation
  return merged(variants, template, sharing)
}

function renameParams(contract: Contract, operation: Operation, template: string[]): Operation {
  const own = namesOf(contract)
  const parameters = operation.parameters.map((it) => {
    if ('$ref' in it || it.in !== 'path') return it
    const name = template[own.indexOf(it.name)] ?? it.name
    if (name === it.name) return it
    return { ...it, name, description: `\`${it.name}\`: ${lowerFirst(it.description)}` }
  })
  return { ...operation, parameters }
}

type Variant = { contract: Contract; operation: Operation }

function merged(variants: Variant[], template: string[], sharing: Sharing): Operation {
  const operations = variants.map((it) => it.operation)
  const security = unique(operations.flatMap((it) => it.security))
  const open = operations.some((it) => it.security.length === 0)
  const throttles = operations.flatMap((it) => it['x-throttle'] ?? [])
  const cached = operations.flatMap((it) => it['x-cache-seconds'] ?? [])
  return {
    operationId: `${operations[0]?.tags[0]}.${variants.map((it) => it.contract.name).join('-or-')}`,
    tags: [...new Set(operations.flatMap((it) => it.tags))],
    summary: operations.map((it) => it.summary).join(' / '),
    description: [
      'The shape of the parameter tells which of these is asked for.',
      ...variants.map(({ contract, operation }) => {
        return `### ${operation.summary} (${kindsOf(contract)})\n\n${operation.description}`
      }),
    ].join('\n\n'),
    security: open && security.length > 0 ? unique([{}, ...security]) : security,
    parameters: mergedParameters(variants, template),
    responses: mergedReplies(variants, sharing),
    ...(throttles.length > 0 ? { 'x-throttle': throttles } : {}),
    ...(cached.length > 0 ? { 'x-cache-seconds': Math.min(...cached) } : {}),
    'x-variants': variants.map(({ operation }) => ({
      operationId: operation.operationId,
      summary: operation.summary,
      parameters: Object.fromEntries(pathParameters(operation).map((it) => [it.name, it.schema])),
    })),
  }
}

function kindsOf(contract: Contract): string {
  return Object.entries(contract.params ?? {})
    .map(([name, schema]) => `\`${name}\`, ${KIND_WORDS[paramKind(schema)]}`)
    .join('; ')
}

const KIND_WORDS = { integer: 'a whole number', uuid: 'a UUID', text: 'text' }

function pathParameters(operation: Operation): Parameter[] {
  return operation.parameters.filter((it): it is Parameter => !('$ref' in it) && it.in === 'path')
}

function mergedParameters(variants: Variant[], template: string[]): (Parameter | Ref)[] {
  const path = template.map((name): Parameter => {
    const forms = variants.flatMap(({ operation }) =>
      pathParameters(operation).filter((it) => it.name === name),
    )
    const schemas = unique(forms.map((it) => it.schema))
    return {
      name,
      in: 'path',
      required: true,
      description: unique(forms.map((it) => it.description)).join('; or '),
      schema: schemas.length === 1 ? (schemas[0] ?? {}) : { oneOf: schemas },
      example: forms[0]?.example,
    }
  })
  const rest = new Map<string, Parameter | Ref>()
  for (const { contract, operation } of variants)
    for (const it of operation.parameters) {
      if (!('$ref' in it) && it.in === 'path') continue
      const key = '$ref' in it ? it.$ref : `${it.in} ${it.name}`
      const everywhere = variants.every(({ operation: other }) =>
        other.parameters.some((own) =>
          '$ref' in own ? own.$ref === key : `${own.in} ${own.name}` === key,
        ),
      )
      const only = { required: false, description: '' }
      if ('$ref' in it || everywhere) rest.set(key, it)
      else {
        only.description = `${it.description} (only for \`${namesOf(contract).join(', ')}\`)`
        rest.set(key, { ...it, ...only })
      }
    }
  return [...path, ...rest.values()]
}

/** Good replies with one schema for each variant; of the errors, every code of any. */
function mergedReplies(variants: Variant[], sharing: Sharing): Record<string, Reply | Ref> {
  const good: Record<string, Reply> = {}
  const codes = problemCodes(variants.map((it) => it.contract))
  for (const { operation } of variants)
    for (const [status, reply] of Object.entries(operation.responses)) {
      if ('$ref' in reply) continue
      const before = good[status]
      good[status] = before ? bothReplies(before, reply) : reply
    }
  return { ...good, ...faultReplies(codes, sharing.responses) }
}

function bothReplies(one: Reply, other: Reply): Reply {
  const content = { ...one.content }
  for (const [type, media] of Object.entries(other.content ?? {})) {
    const schemas = unique([...variantsOf(content[type]?.schema), ...variantsOf(media.schema)])
    content[type] = { schema: schemas.length === 1 ? (schemas[0] ?? {}) : { oneOf: schemas } }
  }
  return {
    ...one,
    headers: bothHeaders(one.headers ?? {}, other.headers ?? {}),
    ...(Object.keys(content).length > 0 ? { content } : {}),
  }
}

type Headers = NonNullable<Reply['headers']>

function bothHeaders(one: Headers, other: Headers): Headers {
  const all = Object.entries({ ...one, ...other })
  return Object.fromEntries(
    all.map(([name, it]) => [name, name in one && name in other ? it : optional(it)]),
  )
}

function variantsOf(schema: Schema | undefined): Schema[] {
  if (!schema) return []
  const list = Object.keys(schema).length === 1 ? schema.oneOf : undefined
  return Array.isArray(list) ? list.filter(isObject) : [schema]
}

function unique<T>(items: T[]): T[] {
  return [...new Map(items.map((it) => [JSON.stringify(it), it])).values()]
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
}
