import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import {
  isObject,
  type Media,
  type OpenApiDocument,
  type Operation,
  type PathItem,
  type Schema,
} from '../derive/document.ts'

/** One request that has been answered. `path` is as it was asked for, without its query. */
export type Exchange = {
  method: string
  path: string
  status: number
  headers: Headers | Readonly<Record<string, string | undefined>>
  bodyText: string
}

export type Conformance = {
  /** How the answer differs from the document, one line each; undefined for a path it has not. */
  check(exchange: Exchange): string[] | undefined
}

type Place = { pattern: RegExp; template: string; weight: string }

/**
 * Holds answers against an OpenAPI document: status, content type, headers and body. Each schema is
 * compiled when first needed and kept.
 */
export function conformance(document: OpenApiDocument): Conformance {
  const places = Object.keys(document.paths).map(placeOf)
  // Literal segments win over parameters, as in the router.
  places.sort((a, b) => (a.weight < b.weight ? -1 : 1))
  const valid = validators(document)
  return {
    check(exchange) {
      const path = decoded(exchange.path)
      const place = places.find((it) => it.pattern.test(path))
      if (!place) return undefined
      const item = document.paths[place.template] ?? {}
      const method = exchange.method.toLowerCase()
      if (method === 'options') return []
      const name = method === 'head' ? 'get' : method
      const at = { document, valid, exchange, isHead: method === 'head' }
      const methods = methodsFor(item, place.template, path)
      const operation = methods.includes(name) ? item[name] : undefined
      if (!operation) return refused(at, methods)
      return answered(at, operation, ['paths', place.template, name])
    },
  }
}

type At = {
  document: OpenApiDocument
  valid: (pointer: readonly string[], value: unknown) => string[]
  exchange: Exchange
  isHead: boolean
}

/** Methods of a path whose parameters look like these; all of them when none does. */
function methodsFor(item: PathItem, template: string, path: string): string[] {
  const given = path.replace(/\/$/, '').split('/')
  const values = new Map(
    template
      .replace(/\/$/, '')
      .split('/')
      .map((it, at) => [it, given[at] ?? ''] as const),
  )
  const fitting = Object.entries(item).filter(([, { parameters }]) =>
    parameters.every(
      (it) =>
        '$ref' in it || it.in !== 'path' || looksLike(it.schema, values.get(`{${it.name}}`) ?? ''),
    ),
  )
  return (fitting.length > 0 ? fitting : Object.entries(item)).map(([method]) => method)
}

function looksLike(schema: Schema, text: string): boolean {
  if (Array.isArray(schema.oneOf)) return schema.oneOf.some((it) => looksLike(it as Schema, text))
  if (schema.type === 'integer') return /^[0-9]{1,20}$/.test(text)
  if (schema.format === 'uuid') return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
  return true
}

/** A known path with a method it has not. */
function refused(at: At, methods: string[]): string[] {
  const { status } = at.exchange
  if (status === 400 || status === 404) return problems(at)
  if (status !== 405) return [`status ${status} for a method that ${methods.join(', ')} are not`]
  const allow = headerOf(at.exchange, 'allow') ?? ''
  const missing = methods.filter((it) => !allow.includes(it.toUpperCase()))
  return [...problems(at), ...missing.map((it) => `Allow lacks ${it.toUpperCase()}: "${allow}"`)]
}

function problems(at: At): string[] {
  const type = mediaType(at.exchange)
  if (type !== 'application/problem+json')
    return [`content type ${type} where application/problem+json is due`]
  return bodyFaults(at, ['components', 'schemas', 'Problem'])
}

function answered(at: At, operation: Operation, pointer: string[]): string[] {
  const { status } = at.exchange
  const listed = operation.responses[status]
  if (!listed) return [`status ${status} is not documented: ${at.exchange.bodyText.slice(0, 200)}`]
  const name = '$ref' in listed ? listed.$ref.replace('#/components/responses/', '') : undefined
  const reply = '$ref' in listed ? at.document.components.responses[name ?? ''] : listed
  const where = name ? ['components', 'responses', name] : [...pointer, 'responses', String(status)]
  const faults: string[] = []
  for (const [header, described] of Object.entries(reply?.headers ?? {})) {
    const full =
      '$ref' in described
        ? at.document.components.headers[described.$ref.replace('#/components/headers/', '')]
        : described
    const value = headerOf(at.exchange, header)
    if (value === undefined && full?.required) faults.push(`header ${header} is missing`)
    const { pattern } = full?.schema ?? {}
    if (value !== undefined && typeof pattern === 'string' && !new RegExp(pattern).test(value))
      faults.push(`header ${header} does not fit: ${value}`)
  }
  return [...faults, ...contentFaults(at, reply?.content, where)]
}

function contentFaults(
  at: At,
  content: Record<string, Media> | undefined,
  where: string[],
): string[] {
  const { bodyText } = at.exchange
  if (!content) return bodyText === '' ? [] : [`a body where none is documented`]
  if (at.isHead) return bodyText === '' ? [] : ['a body in the answer to HEAD']
  const type = mediaType(at.exchange) ?? 'none'
  const media = content[type]
  if (!media) return [`content type ${type} is not documented: ${Object.keys(content).join(', ')}`]
  if (!/[/+]json$/.test(type)) return []
  return bodyFaults(at, [...where, 'content', type, 'schema'])
}

function bodyFaults(at: At, pointer: readonly string[]): string[] {
  if (at.isHead) return []
  let value: unknown
  try {
    value = JSON.parse(at.exchange.bodyText)
  } catch {
    return [`the body is not JSON: ${at.exchange.bodyText.slice(0, 200)}`]
  }
  const faults = at.valid(pointer, value)
  if (isObject(value) && 'code' in value && value.status !== at.exchange.status)
    if (mediaType(at.exchange) === 'application/problem+json')
      faults.push(`the problem says status ${value.status}`)
  return faults
}

function validators(document: OpenApiDocument) {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    validateSchema: false,
    // Formats of OpenAPI that say how wide a number is, or what a text is for; nothing to check.
    formats: { int32: true, int64: true, binary: true, 'entity-tags': true },
  })
  ajvFormats.default(ajv)
  ajv.addSchema(document, 'openapi')
  const compiled = new Map<string, ValidateFunction>()
  return (pointer: readonly string[], value: unknown): string[] => {
    const $ref = `openapi#/${pointer.map(escaped).join('/')}`
    let validate = compiled.get($ref)
    if (!validate) {
      validate = ajv.compile({ $ref })
      compiled.set($ref, validate)
    }
    if (validate(value)) return []
    return (validate.errors ?? []).map((it) => `body${said(it)}`)
  }
}

function said({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath} ${message} ${JSON.stringify(params)}`
}

function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
}

function placeOf(template: string): Place {
  const segments = template.replace(/\/$/, '').split('/')
  const pattern = segments.map((it) =>
    it.startsWith('{') ? '[^/]+' : it.replace(/[.*+?^$()|[\]\\]/g, '\\$&'),
  )
  return {
    template,
    pattern: new RegExp(`^${pattern.join('/')}/?$`),
    weight: segments.map((it) => (it.startsWith('{') ? '1' : '0')).join(''),
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function headerOf({ headers }: Exchange, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined
  return headers[name.toLowerCase()]
}

function mediaType(exchange: Exchange): string | undefined {
  return headerOf(exchange, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase()
}
