import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type * as z from 'zod'
import type { Contract, File, Request } from './contract.ts'
import { type FieldError, fault } from './errors.ts'

/** Deepest nesting of a JSON body; what recurses over it later stays far from the stack's end. */
const MAX_DEPTH = 32

export type Input = {
  params: Record<string, unknown>
  query: Record<string, unknown>
  body: unknown
  file: File | undefined
}

/**
 * Checks path, query and body against the contract. Fails with `not_found` for a path parameter
 * that cannot exist, else with `invalid_request` naming every fault of the request at once.
 */
export async function parse(
  contract: Contract,
  request: Request,
  event: APIGatewayProxyEventV2,
): Promise<Input> {
  const params = parseParams(contract, event.pathParameters ?? {})
  const faults: FieldError[] = []
  const query = parseQuery(contract, request.rawQuery, faults)
  const { body, file } = await parseBody(contract, request, event, faults)
  if (faults.length > 0)
    throw fault('invalid_request', faults.map((it) => `${it.field}: ${it.message}`).join('; '), {
      errors: faults,
    })
  return { params, query, body, file }
}

function parseParams(contract: Contract, raw: Record<string, string | undefined>) {
  const params: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(contract.params ?? {})) {
    const result = schema.safeParse(raw[name])
    if (!result.success) throw fault('not_found')
    params[name] = result.data
  }
  return params
}

function parseQuery(contract: Contract, rawQuery: string, faults: FieldError[]) {
  if (!contract.query) return {}
  const given: Record<string, string> = {}
  if (rawQuery) {
    const shape = contract.query.shape
    for (const [key, value] of new URLSearchParams(rawQuery)) {
      if (!Object.hasOwn(shape, key)) continue
      if (Object.hasOwn(given, key)) faults.push({ field: key, message: 'is given more than once' })
      given[key] = value
    }
  }
  return checked(contract.query, given, faults) as Record<string, unknown>
}

async function parseBody(
  contract: Contract,
  request: Request,
  event: APIGatewayProxyEventV2,
  faults: FieldError[],
): Promise<{ body: unknown; file: File | undefined }> {
  if (!contract.body) return { body: undefined, file: undefined }
  const type = (request.headers['content-type'] ?? '').toLowerCase()
  if (request.headers['content-encoding'])
    throw fault('unsupported_media_type', 'A compressed body is not taken')
  if (contract.upload && type.startsWith('multipart/form-data')) {
    // Loaded when first needed: no other endpoint pays for it.
    const { readMultipart } = await import('./multipart.ts')
    const { fields, file } = await readMultipart(contract.upload, type, bytesOf(event), request)
    return { body: checked(contract.upload.fields, fields, faults), file }
  }
  const text = event.isBase64Encoded ? bytesOf(event).toString() : (event.body ?? '')
  if (text === '' && type === '')
    return { body: checked(contract.body, {}, faults), file: undefined }
  if (!/^application\/json *(; *charset="?utf-8"?)?$/.test(type))
    throw fault('unsupported_media_type', 'Send application/json')
  return { body: checked(contract.body, parseJson(text), faults), file: undefined }
}

function bytesOf(event: APIGatewayProxyEventV2): Buffer {
  return Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')
}

/** Parses JSON text of bounded depth. Fails with `malformed_body`. */
export function parseJson(text: string): unknown {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (quoted) {
      if (code === 92) at++
      else if (code === 34) quoted = false
    } else if (code === 34) quoted = true
    else if ((code === 123 || code === 91) && ++depth > MAX_DEPTH)
      throw fault('malformed_body', `The JSON is nested deeper than ${MAX_DEPTH}`)
    else if (code === 125 || code === 93) depth--
  }
  try {
    return JSON.parse(text)
  } catch {
    throw fault('malformed_body', 'The body is not JSON')
  }
}

function checked(schema: z.ZodType, value: unknown, faults: FieldError[]): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  faults.push(...fieldErrors(result.error))
  return undefined
}

/** One entry per fault, an unknown key under its own name. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String)
    if (issue.code !== 'unrecognized_keys')
      return [{ field: path.join('.') || 'body', message: issue.message }]
    return issue.keys.map((key) => ({
      field: [...path, key].join('.'),
      message: 'is not a field of this request',
    }))
  })
}
