import type { Contract } from '../http/contract.ts'
import { type ErrorCode, errors } from '../http/errors.ts'
import type { Header, Ref, Reply, Schema } from './document.ts'
import { headerRef } from './headers.ts'

/** Codes that a call can meet although its contract does not name them, in the table's order. */
export function codesOf(contract: Contract): ErrorCode[] {
  const met = new Set<ErrorCode>(contract.errors ?? [])
  const add = (when: unknown, ...codes: ErrorCode[]) => {
    if (when) for (const code of codes) met.add(code)
  }
  const { access } = contract
  const writes = contract.method !== 'GET'
  // Any call: its host, its address and headers, and what can happen to every process.
  add(true, 'host_not_allowed', 'uri_too_long', 'headers_too_large')
  add(true, 'internal', 'unavailable', 'timeout', 'invalid_request')
  add(access !== 'anyone', 'unauthenticated')
  add(access === 'staff' || access === 'superuser', 'forbidden')
  add(contract.params, 'not_found')
  add(writes, 'payload_too_large', 'conflict')
  add(contract.body, 'malformed_body', 'unsupported_media_type')
  add(contract.idempotent, 'idempotency_in_flight', 'idempotency_mismatch')
  add(contract.throttle?.length || contract.concurrency, 'rate_limited')
  return (Object.keys(errors) as ErrorCode[]).filter((code) => met.has(code))
}

/** Codes that a call of any of these can meet, in the table's order. */
export function problemCodes(contracts: readonly Contract[]): ErrorCode[] {
  const met = new Set(contracts.flatMap(codesOf))
  return (Object.keys(errors) as ErrorCode[]).filter((code) => met.has(code))
}

/** Those codes as replies, by status; replies that are the same share one component. */
export function faultReplies(
  codes: readonly ErrorCode[],
  shared: Record<string, Reply>,
): Record<string, Ref> {
  const replies: Record<string, Ref> = {}
  for (const status of new Set(codes.map((code) => errors[code].status))) {
    const same = codes.filter((code) => errors[code].status === status)
    const name = same.map(pascal).join('Or')
    shared[name] ??= faultReply(status, same)
    replies[status] = { $ref: `#/components/responses/${name}` }
  }
  return replies
}

function faultReply(status: number, codes: readonly ErrorCode[]): Reply {
  return {
    description: codes.map((code) => `\`${code}\`: ${errors[code].title}.`).join('  \n'),
    headers: {
      ...faultHeaders[status],
      'X-Request-Id': headerRef('RequestId'),
    },
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            {
              type: 'object',
              properties: {
                status: { const: status },
                code: { enum: [...codes] },
                title: { enum: codes.map((code) => errors[code].title) },
              },
            },
          ],
        },
        example: exampleProblem(codes[0] ?? 'internal'),
      },
    },
  }
}

function exampleProblem(code: ErrorCode): Schema {
  return {
    type: `https://souk.example/problems/${code}`,
    title: errors[code].title,
    status: errors[code].status,
    detail: errors[code].title,
    instance: '/api/v1/…',
    code,
    request_id: '0198c2a4-6f1e-7c3b-9d53-2f4a8b1c6e07',
    ...(code === 'invalid_request'
      ? { errors: [{ field: 'price', message: 'must be an amount such as 12.99' }] }
      : {}),
  }
}

/** What RFC 9110 wants beside these statuses. */
const faultHeaders: Record<number, Record<string, Header>> = {
  401: { 'WWW-Authenticate': header('`Bearer`, with the realm', true) },
  429: { 'Retry-After': header('Seconds to wait', true) },
  503: { 'Retry-After': header('Seconds to wait', true) },
}

function header(description: string, required: boolean): Header {
  return { description, required, schema: { type: 'string' } }
}

/** Problem details (RFC 9457) as every error is answered. */
export const problemSchema: Schema = {
  type: 'object',
  description: 'Problem details (RFC 9457). `code` is stable; texts may change.',
  properties: {
    type: { type: 'string', format: 'uri', description: 'Names the kind of problem' },
    title: { type: 'string', description: 'The kind of problem in words' },
    status: { type: 'integer', format: 'int32', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What was wrong this time' },
    instance: { type: 'string', description: 'The path that was asked for' },
    code: { type: 'string', description: 'What programs should look at' },
    request_id: { type: 'string', description: 'As in `X-Request-Id`, and in the logs' },
    errors: {
      type: 'array',
      description: 'Every fault of the request at once',
      items: {
        type: 'object',
        properties: {
          field: { type: 'string', description: 'Name of the field, with dots' },
          message: { type: 'string' },
        },
        required: ['field', 'message'],
        additionalProperties: false,
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'request_id'],
}

function pascal(code: string): string {
  return code.replace(/(?:^|_)([a-z])/g, (_all, letter: string) => letter.toUpperCase())
}
