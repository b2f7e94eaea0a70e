import assert from 'node:assert/strict'
import { test } from 'node:test'
import SwaggerParser from '@apidevtools/swagger-parser'
import { Validator } from '@seriousme/openapi-schema-validator'
import * as z from 'zod'
import { define } from '../http/contract.ts'
import { type Endpoint, service } from '../http/service.ts'
import { scratch } from '../testing/scratch.ts'
import type { Operation, Parameter } from './document.ts'
import { openapi } from './openapi.ts'

const document = openapi(scratch)
const MERGED = '/api/v1/things/{thing_id_or_ticket_id}/'

function operation(path: string, method: string): Operation {
  return document.paths[path]?.[method] ?? assert.fail(`${method} ${path} is not documented`)
}

function parameter(it: Operation, name: string): Parameter {
  const found = it.parameters.find((each) => 'name' in each && each.name === name)
  return found && 'name' in found ? found : assert.fail(`no parameter ${name}`)
}

test('two independent validators take it', async () => {
  const result = await new Validator().validate(structuredClone(document))
  assert.deepEqual(result, { valid: true })
  await SwaggerParser.validate(JSON.parse(JSON.stringify(document)))
})

test('it is plain JSON, and the same each time', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(document)), document)
  assert.equal(JSON.stringify(openapi(scratch)), JSON.stringify(document))
})

test('every endpoint is there but what only services call', () => {
  const ids = Object.values(document.paths).flatMap((it) =>
    Object.values(it).map((each) => each.operationId),
  )
  assert.deepEqual(ids, [
    'scratch.list-things',
    'scratch.create-thing',
    'scratch.get-thing-or-get-ticket',
    'scratch.change-thing',
    'scratch.end-ticket',
    'scratch.act',
    'scratch.get-picture',
    'scratch.keys',
  ])
  assert.doesNotMatch(JSON.stringify(document), /\/internal\//)
})

test('paths of one shape become one, their types and replies told apart', () => {
  const read = operation(MERGED, 'get')
  const { schema } = parameter(read, 'thing_id_or_ticket_id')
  assert.deepEqual(schema.oneOf, [
    { type: 'integer', format: 'int32', minimum: 1, maximum: 2_147_483_647 },
    { type: 'string', format: 'uuid' },
  ])
  const good = read.responses[200]
  assert.ok(good && 'content' in good)
  assert.deepEqual(good.content?.['application/json']?.schema?.oneOf, [
    { $ref: '#/components/schemas/Thing' },
    { $ref: '#/components/schemas/Ticket' },
  ])
  assert.deepEqual(
    read['x-variants']?.map((it) => it.operationId),
    ['scratch.get-thing', 'scratch.get-ticket'],
  )
  assert.match(parameter(read, 'verbose').description, /only for `thing_id`/)
  assert.deepEqual(read.security, [{}, { accessToken: [] }])
  const remove = operation(MERGED, 'delete')
  assert.equal(parameter(remove, 'thing_id_or_ticket_id').schema.format, 'uuid')
})

test('each operation lists the statuses that its contract leads to, with their codes', () => {
  const statuses = (path: string, method: string) =>
    Object.keys(operation(path, method).responses).join(' ')
  const always = '414 431 500 503 504'
  assert.equal(statuses('/.well-known/things.json', 'get'), `200 304 400 ${always}`)
  assert.equal(
    statuses('/api/v1/things/', 'post'),
    '201 400 401 403 409 413 414 415 422 429 431 500 503 504',
  )
  assert.equal(statuses(MERGED, 'put'), '200 400 401 403 404 409 412 413 414 415 431 500 503 504')
  const reply = operation('/api/v1/things/', 'post').responses[409]
  assert.deepEqual(reply, {
    $ref: '#/components/responses/ConflictOrAlreadyExistsOrIdempotencyInFlight',
  })
  const shared = document.components.responses.ConflictOrAlreadyExistsOrIdempotencyInFlight
  assert.match(
    JSON.stringify(shared?.content?.['application/problem+json']?.schema),
    /"code":\{"enum":\["conflict","already_exists","idempotency_in_flight"\]\}/,
  )
})

test('parameters are typed as they are read, each with a description', () => {
  const list = operation('/api/v1/things/', 'get')
  assert.deepEqual(parameter(list, 'limit').schema, {
    type: 'integer',
    format: 'int32',
    minimum: 1,
    maximum: 100,
    default: 20,
  })
  const ids = parameter(list, 'ids')
  assert.deepEqual([ids.schema.type, ids.style, ids.explode], ['array', 'form', false])
  assert.deepEqual(parameter(list, 'in_stock').schema, { type: 'string', enum: ['0', '1'] })
  for (const item of Object.values(document.paths).flatMap((it) => Object.values(it)))
    for (const each of item.parameters)
      assert.ok('$ref' in each || each.description.length > 3, JSON.stringify(each))
})

test('headers, limits and stores are told where they apply', () => {
  const refs = (path: string, method: string) =>
    operation(path, method).parameters.flatMap((it) =>
      '$ref' in it ? [it.$ref.split('/').at(-1)] : [],
    )
  assert.deepEqual(refs('/api/v1/things/', 'post'), ['IdempotencyKey'])
  assert.deepEqual(refs(MERGED, 'put'), ['IfMatch'])
  assert.deepEqual(refs('/api/v1/things/', 'get'), ['IfNoneMatch'])
  const act = operation('/api/v1/things/{thing_id}/actions/{action}/', 'post')
  assert.deepEqual(act['x-throttle'], [
    { by: 'address', limit: 10, seconds: 60 },
    { by: 'account', limit: 5, seconds: 90, about: 'by the thing' },
  ])
  assert.match(act.description, /10 in 1 min per address/)
  assert.equal(operation('/api/v1/things/', 'get')['x-cache-seconds'], 60)
})

test('uploads, pictures and examples', () => {
  const { requestBody } = operation('/api/v1/things/', 'post')
  assert.deepEqual(Object.keys(requestBody?.content ?? {}), [
    'application/json',
    'multipart/form-data',
  ])
  assert.match(
    JSON.stringify(requestBody?.content['multipart/form-data']?.schema),
    /"image":\{"type":"string","format":"binary"/,
  )
  const picture = operation('/api/v1/things/pictures/{name}', 'get').responses[200]
  assert.ok(picture && 'content' in picture)
  assert.deepEqual(Object.keys(picture.content ?? {}), ['image/webp', 'image/png'])
  const { requestBody: sold } = operation('/api/v1/things/{thing_id}/actions/{action}/', 'post')
  assert.deepEqual(sold?.content['application/json']?.example, { do: 'sell', price: '5.00' })
})

test('a schema that differs on the way in has a name of its own there, and what refers to it', () => {
  const Part = z.strictObject({ size: z.int().default(1) }).meta({ id: 'Part' })
  const Whole = z.strictObject({ part: Part }).meta({ id: 'Whole' })
  const Same = z.strictObject({ text: z.string() }).meta({ id: 'Same' })
  const contract = define({
    method: 'PUT',
    path: '/api/v1/wholes/',
    summary: 'Change',
    access: 'user',
    body: z.strictObject({ whole: Whole, same: Same }),
    reply: z.object({ whole: Whole, same: Same }),
  })
  const one = { contract, handler: async () => ({}) } satisfies Endpoint
  const made = openapi(service({ ...scratch, endpoints: { one } }))
  assert.deepEqual(Object.keys(made.components.schemas), [
    'Part',
    'PartInput',
    'Same',
    'Whole',
    'WholeInput',
    'Problem',
  ])
  assert.match(
    JSON.stringify(made.components.schemas.WholeInput),
    /"#\/components\/schemas\/PartInput"/,
  )
})

test('the server is the one given', () => {
  assert.deepEqual(openapi(scratch, { server: 'http://localhost:8001' }).servers, [
    { url: 'http://localhost:8001' },
  ])
})
