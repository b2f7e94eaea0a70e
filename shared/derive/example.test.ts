import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { scratch } from '../testing/scratch.ts'
import { exampleCall, exampleOf } from './example.ts'

test('an example of every call fits its contract', () => {
  for (const { contract } of Object.values(scratch.endpoints)) {
    const call = exampleCall(contract)
    for (const [name, schema] of Object.entries<z.ZodType>(contract.params ?? {}))
      assert.ok(schema.safeParse(call.params[name]).success, `${contract.name} ${name}`)
    assert.ok(contract.query?.safeParse(call.query).success ?? true, contract.name)
    assert.ok(contract.body?.safeParse(call.body).success ?? call.body === undefined, contract.name)
  }
})

test('the contract’s own example comes first', () => {
  const { contract } = scratch.endpoints.act
  assert.deepEqual(exampleCall(contract), {
    params: { thing_id: '1', action: 'example' },
    query: {},
    body: { do: 'sell', price: '5.00' },
    headers: { accept: 'application/json', 'content-type': 'application/json' },
  })
  assert.ok(exampleCall(scratch.endpoints.createThing.contract).headers['idempotency-key'])
})

test('formats, patterns, lengths and bounds are kept', () => {
  const schemas = [
    z.uuid(),
    z.email(),
    z.iso.datetime(),
    z.iso.date(),
    z.url(),
    z.string().min(30).max(40),
    z.string().max(3),
    z.string().regex(/^\d+\.\d\d$/),
    z.string().regex(/^[a-z]+$/),
    z.int().min(7).max(9),
    z.int().max(-4),
    z.number().gt(2),
    z.int().multipleOf(5).min(11),
    z.array(z.int()).min(2),
    z.tuple([z.literal('a'), z.boolean()]),
    z.union([z.null(), z.string()]),
    z.record(z.string(), z.int()),
    z.string().meta({ example: 'own' }),
    z.strictObject({ a: z.string().optional() }).refine((it) => it.a === undefined),
  ]
  for (const schema of schemas)
    assert.ok(
      schema.safeParse(exampleOf(schema, 'x')).success,
      JSON.stringify(exampleOf(schema, 'x')),
    )
  assert.equal(exampleOf(z.string().meta({ example: 'own' }), 'x'), 'own')
})

test('what no example can be made for says so', () => {
  const odd = z.strictObject({ code: z.string().regex(/^Q{3}#$/) })
  assert.throws(() => exampleOf(odd, 'the body of /x/'), /the body of \/x\/.*code.*give one/)
})
