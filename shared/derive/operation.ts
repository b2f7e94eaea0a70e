import type { Access, Contract, Throttle } from '../http/contract.ts'
import type { Media, Operation, Reply, RequestBody, Schema } from './document.ts'
import { exampleCall } from './example.ts'
import { codesOf, faultReplies } from './faults.ts'
import { headerRef } from './headers.ts'
import { isPublicRead, parametersOf } from './parameters.ts'
import type { SchemaPool } from './schemas.ts'

/** Where operations of one document put what they share. */
export type Sharing = { pool: SchemaPool; responses: Record<string, Reply> }

const WHO: Record<Access, string> = {
  anyone: 'anyone',
  optional: 'anyone; a token, when sent, must be good',
  user: 'signed-in users',
  staff: 'staff',
  superuser: 'superusers',
  service: 'services',
}

/** One endpoint's contract as an OpenAPI operation. */
export function operationOf(contract: Contract, sharing: Sharing): Operation {
  const body = requestBodyOf(contract, sharing.pool)
  const limits = (contract.throttle ?? []).map(({ about, ...limit }): Schema => {
    return about === undefined ? limit : { ...limit, about }
  })
  return {
    operationId: `${contract.service}.${contract.name}`,
    tags: [contract.service],
    summary: contract.summary,
    description: describe(contract),
    security: securityOf(contract.access),
    parameters: parametersOf(contract, sharing.pool),
    ...(body ? { requestBody: body } : {}),
    responses: {
      ...goodReplies(contract, sharing.pool),
      ...faultReplies(codesOf(contract), sharing.responses),
    },
    ...(limits.length > 0 ? { 'x-throttle': limits } : {}),
    ...(contract.cache ? { 'x-cache-seconds': contract.cache.seconds } : {}),
  }
}

function describe(contract: Contract): string {
  const paragraphs = [contract.about?.trim(), `**Who:** ${WHO[contract.access]}.`]
  for (const limit of contract.throttle ?? []) paragraphs.push(`**Throttled:** ${prose(limit)}.`)
  if (contract.concurrency)
    paragraphs.push(`**At once:** at most ${contract.concurrency} in one process, over that 429.`)
  if (contract.cache)
    paragraphs.push('**Cached** until what it shows changes: no read after a write is stale.')
  if (contract.upload)
    paragraphs.push(
      `**Upload:** as \`multipart/form-data\`, the file in the part \`${contract.upload.part}\`, at most ${megabytes(contract.upload.maxBytes)} in all.`,
    )
  if (contract.credentials)
    paragraphs.push('**Browsers** of an allowed origin may call it with their cookies.')
  return paragraphs.filter((it) => it).join('\n\n')
}

function prose({ by, limit, seconds, about }: Throttle): string {
  const span = seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`
  return `${limit} in ${span} per ${by}${about === undefined ? '' : ` (${about})`}`
}

function megabytes(bytes: number): string {
  return `${Math.round((bytes / 1024 / 1024) * 10) / 10} MB`
}

export const SCHEME = 'accessToken'

function securityOf(access: Access): Record<string, string[]>[] {
  if (access === 'anyone') return []
  return access === 'optional' ? [{}, { [SCHEME]: [] }] : [{ [SCHEME]: [] }]
}

function requestBodyOf(contract: Contract, pool: SchemaPool): RequestBody | undefined {
  if (!contract.body) return undefined
  const content: Record<string, Media> = {
    'application/json': {
      schema: pool.of(contract.body, 'input'),
      example: exampleCall(contract).body,
    },
  }
  if (contract.upload) content['multipart/form-data'] = multipart(contract.upload, pool)
  return { required: !contract.body.safeParse({}).success, content }
}

function multipart(upload: NonNullable<Contract['upload']>, pool: SchemaPool): Media {
  const file = { type: 'string', format: 'binary', description: 'The file itself' }
  return {
    schema: {
      allOf: [
        withoutClosing(pool.of(upload.fields, 'input')),
        { type: 'object', properties: { [upload.part]: file } },
      ],
    },
    encoding: { [upload.part]: { contentType: 'image/jpeg, image/png, image/webp, image/avif' } },
  }
}

/** A closed object would refuse the file's part, which stands beside its fields. */
function withoutClosing(schema: Schema): Schema {
  const { additionalProperties: _closed, ...open } = schema
  return open
}

const REQUEST_ID = headerRef('RequestId')

function goodReplies(contract: Contract, pool: SchemaPool): Record<string, Reply> {
  const content: Record<string, Media> = {}
  if (contract.reply) content['application/json'] = { schema: pool.of(contract.reply, 'output') }
  for (const type of contract.bytes ?? [])
    content[type] = { schema: { type: 'string', format: 'binary' } }
  const etag = headerRef('ETag')
  const isPublic = isPublicRead(contract)
  const guarded = contract.errors?.includes('precondition_failed') && contract.reply
  const reply: Reply = {
    description: contract.status === 204 ? 'Done' : 'As asked',
    headers: {
      ...(isPublic || guarded ? { ETag: etag } : {}),
      ...(contract.idempotent ? { 'Idempotent-Replayed': headerRef('IdempotentReplayed') } : {}),
      'Cache-Control': headerRef('CacheControl'),
      'X-Request-Id': REQUEST_ID,
    },
    ...(Object.keys(content).length > 0 ? { content } : {}),
  }
  const replies: Record<string, Reply> = { [contract.status]: reply }
  if (isPublic)
    replies[304] = {
      description: 'Not modified: the copy at hand is still good',
      headers: { ETag: etag, 'X-Request-Id': REQUEST_ID },
    }
  return replies
}
