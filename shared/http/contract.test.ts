import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import type { Call, Reply } from './contract.ts'
import { define } from './contract.ts'
import { id } from './params.ts'
import { serve } from './serve.ts'
import type { ApiOf, Service } from './service.ts'
import { kebab, service } from './service.ts'

// The compiler is the judge here: every `@ts-expect-error` must be one, or `npm run check:types` fails.

const contract = define({
  method: 'GET',
  path: '/api/v1/things/{id}/',
  summary: 'One thing',
  access: 'user',
  params: { id: id.integer },
  query: z.object({ limit: z.coerce.number().default(3) }),
  reply: z.object({ name: z.string() }),
  errors: ['not_found'],
})

test('the work is given what the contract says, and may fail only as it says', () => {
  const typed = (call: Call<typeof contract>) => {
    const values: [number, number, string] = [call.params.id, call.query.limit, call.user.id]
    call.fail('not_found')
    // @ts-expect-error the contract does not list this code
    call.fail('conflict')
    // @ts-expect-error the path has no such parameter
    call.params.other
    // @ts-expect-error this call has no body
    call.body.name
    return values
  }
  assert.equal(typeof typed, 'function')
})

test('a reply that does not fit its schema does not compile', () => {
  const good: Reply<typeof contract> = { name: 'x' }
  serve(contract, async () => good)
  // @ts-expect-error name must be text
  serve(contract, async () => ({ name: 1 }))
  // @ts-expect-error there must be a reply
  serve(contract, async () => undefined)
  assert.ok(good)
})

test('params must be exactly those of the path', () => {
  const rest = { method: 'GET', summary: 's', access: 'anyone', reply: z.string() } as const
  // @ts-expect-error another name
  define({ ...rest, path: '/x/{id}/', params: { other: id.integer } })
  // @ts-expect-error none
  define({ ...rest, path: '/x/{id}/' })
  // @ts-expect-error too many
  define({ ...rest, path: '/x/{id}/', params: { id: id.integer, more: id.integer } })
  // @ts-expect-error the path has none
  define({ ...rest, path: '/x/', params: { id: id.integer } })
  // @ts-expect-error not in the table of errors
  define({ ...rest, path: '/x/', errors: ['surprise'] })
})

test('who is not signed in is not there', () => {
  const open = define({
    method: 'GET',
    path: '/x/',
    summary: 's',
    access: 'anyone',
    reply: z.string(),
  })
  const both = define({
    method: 'GET',
    path: '/y/',
    summary: 's',
    access: 'optional',
    reply: z.string(),
  })
  const typed = (call: Call<typeof open>, other: Call<typeof both>) => {
    const nobody: undefined = call.user
    // @ts-expect-error may be a guest
    const id: string = other.user.id
    return [nobody, id]
  }
  assert.equal(typeof typed, 'function')
})

test('the manifest names its endpoints, and types every route', () => {
  const handler = serve(contract, async () => ({ name: 'x' }))
  const things = service({
    name: 'thing',
    about: 'Things',
    roots: ['/api/v1/things'],
    port: 9000,
    needs: [],
    endpoints: { getThing: { contract, handler } },
  })
  const all = [things] as const satisfies readonly Service[]
  type Api = ApiOf<typeof all>
  const reply: Api['GET /api/v1/things/{id}/']['reply'] = { name: 'x' }
  // @ts-expect-error no such route
  type Missing = Api['GET /api/v1/nothing/']
  const missing: Missing | undefined = undefined
  assert.deepEqual([reply.name, missing], ['x', undefined])
  assert.equal(contract.service, 'thing')
  assert.equal(contract.name, 'get-thing')
  assert.equal(kebab('listProductsNow'), 'list-products-now')
})
