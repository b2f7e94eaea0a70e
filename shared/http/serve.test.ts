import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { invoke } from '../runtime/invoke.ts'
import { answer, define, json } from './contract.ts'
import { fault } from './errors.ts'
import { id } from './params.ts'
import { serve } from './serve.ts'
import { service } from './service.ts'

process.env.SECRET_KEY ??= 'a key of this test alone, with 32 bytes and more: 7Qz'
process.env.LOGGING_LVL ??= 'ERROR'

// Each trap of lambda-api 1.5.1 that serve.ts keeps away from our handlers, shown mended.

const any = { summary: 's', access: 'anyone', reply: z.any() } as const
const falsy = [undefined, null, '', 0, false]
let reached = 0

const things = service({
  name: 'thing',
  about: 'One handler for each trap',
  roots: ['/t'],
  port: 9000,
  needs: [],
  endpoints: {
    falsy: endpoint(
      define({ ...any, method: 'GET', path: '/t/falsy/{id}/', params: { id: id.text } }),
      async ({ params }: { params: { id: string } }) => falsy[Number(params.id)],
    ),
    nothing: endpoint(
      define({ method: 'POST', path: '/t/nothing/', summary: 's', access: 'anyone' }),
      async () => undefined,
    ),
    never: endpoint(
      define({ ...any, method: 'GET', path: '/t/never/' }),
      () => new Promise(() => {}),
    ),
    leak: endpoint(define({ ...any, method: 'GET', path: '/t/leak/' }), async () => {
      throw new Error('pg: password=hunter2')
    }),
    text: endpoint(
      define({ ...any, method: 'GET', path: '/t/text/{id}/', params: { id: id.text } }),
      async ({ params }: { params: { id: string } }) => {
        reached++
        if (params.id.startsWith('missing')) throw fault('not_found')
        if (params.id.startsWith('boom')) throw new Error('boom')
        await Promise.resolve()
        return { id: params.id }
      },
    ),
    body: endpoint(
      define({ ...any, method: 'POST', path: '/t/body/', body: z.strictObject({ n: z.int() }) }),
      async ({ body }: { body: { n: number } }) => body,
    ),
    query: endpoint(
      define({ ...any, method: 'GET', path: '/t/query/', query: z.object({ a: z.string() }) }),
      async ({ query }: { query: { a: string } }) => query,
    ),
    cookies: endpoint(
      define({ ...any, method: 'GET', path: '/t/cookies/', access: 'anyone' }),
      async ({ request }: { request: { cookies: ReadonlyMap<string, string> } }) =>
        answer(Object.fromEntries(request.cookies), {
          cookies: ['a=1; Max-Age=60; HttpOnly', 'b=2; Path=/'],
        }),
    ),
    tagged: endpoint(define({ ...any, method: 'GET', path: '/t/tagged/' }), async () =>
      answer(json('{"n":1}'), { etag: '"v1"' }),
    ),
    bytes: endpoint(
      define({ method: 'GET', path: '/t/bytes/', summary: 's', access: 'anyone', bytes: ['x/y'] }),
      async () => answer(Buffer.from([0, 255, 1]), { headers: { 'content-type': 'x/y' } }),
    ),
  },
})

// biome-ignore lint/suspicious/noExplicitAny: these works break the rules on purpose
function endpoint(contract: any, work: any) {
  return { contract, handler: serve(contract, work) }
}

async function call(method: string, target: string, more: Record<string, unknown> = {}) {
  const reply = await invoke([things], { method, target, ...more })
  const headers = new Headers(reply.headers)
  return { ...reply, headers, text: reply.body.toString() }
}

const post = (body: string, type = 'application/json') =>
  call('POST', '/t/body/', { body, headers: { 'content-type': type } })

test('a work that returns something falsy is answered', async () => {
  for (const [at, value] of falsy.entries()) {
    const reply = await call('GET', `/t/falsy/${at}/`)
    if (value === undefined) assert.equal(reply.status, 500, 'nothing where a reply was promised')
    else assert.deepEqual([reply.status, reply.text], [200, JSON.stringify(value)])
  }
  assert.equal((await call('POST', '/t/nothing/')).status, 204)
})

test('a work that never ends is answered in time', async () => {
  const reply = await call('GET', '/t/never/', { timeoutMs: 50 })
  assert.equal(reply.status, 504)
  assert.equal(JSON.parse(reply.text).code, 'timeout')
})

test('an error of ours tells nothing of itself', async () => {
  const reply = await call('GET', '/t/leak/')
  assert.equal(reply.status, 500)
  assert.doesNotMatch(reply.text, /hunter2|pg/)
  assert.equal(reply.headers.get('content-type'), 'application/problem+json')
})

test('names of Object.prototype are ordinary path segments', async () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    const reply = await call('GET', `/t/text/${name}/`)
    assert.deepEqual([reply.status, reply.text], [200, `{"id":"${name}"}`])
  }
  assert.equal((await call('GET', '/constructor')).status, 404)
})

test('a path parameter arrives decoded', async () => {
  assert.equal((await call('GET', '/t/text/caf%C3%A9%20x/')).text, '{"id":"café x"}')
})

test('calls of one tick do not cross', async () => {
  const kinds = ['fine', 'missing', 'boom'] as const
  const wanted = { fine: 200, missing: 404, boom: 500 }
  const before = reached
  const all = await Promise.all(
    Array.from({ length: 90 }, async (_, at) => {
      const kind = kinds[at % 3] ?? 'fine'
      const reply = await call('GET', `/t/text/${kind}${at}/`)
      return { kind, at, status: reply.status, text: reply.text }
    }),
  )
  for (const { kind, at, status, text } of all) {
    assert.equal(status, wanted[kind])
    if (kind === 'fine') assert.equal(text, `{"id":"fine${at}"}`)
  }
  assert.equal(reached - before, 90)
})

test('a body is JSON, or it is refused', async () => {
  assert.equal((await post('{"n":1}')).text, '{"n":1}')
  for (const bad of ['{"n":1', '{n:1}', '', '\ufeff{"n":1}', '{"n":1}x', '['.repeat(40)])
    assert.equal((await post(bad)).status, 400, bad)
  assert.equal(JSON.parse((await post('{"n":1')).text).code, 'malformed_body')
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'])
    assert.equal((await post('{"n":1}', type)).status, 415, type)
  assert.equal((await post('{"n":1}', 'application/json; charset=utf-8')).status, 200)
})

test('every fault of a body is named at once, unknown keys too', async () => {
  const reply = JSON.parse((await post('{"n":1.5,"is_staff":true,"__proto__":{"x":1}}')).text)
  assert.equal(reply.code, 'invalid_request')
  const fields = reply.errors.map((it: { field: string }) => it.field).sort()
  assert.deepEqual(fields, ['__proto__', 'is_staff', 'n'])
  assert.equal(({} as { x?: number }).x, undefined)
})

test('a query value keeps its commas; given twice it is refused', async () => {
  assert.equal((await call('GET', '/t/query/?a=1,2&b=3')).text, '{"a":"1,2"}')
  assert.equal((await call('GET', '/t/query/?a=1&a=2')).status, 400)
})

test('cookies are text both ways', async () => {
  const reply = await call('GET', '/t/cookies/', { headers: { cookie: 'a=123; b=%zz; c={"x":1}' } })
  assert.deepEqual(JSON.parse(reply.text), { a: '123', b: '%zz', c: '{"x":1}' })
  assert.deepEqual(reply.headers.getSetCookie(), ['a=1; Max-Age=60; HttpOnly', 'b=2; Path=/'])
})

test('a tag the client has is answered 304 without body or type', async () => {
  for (const value of ['"v1"', 'W/"v1"', '*', '"x", "v1"']) {
    const reply = await call('GET', '/t/tagged/', { headers: { 'if-none-match': value } })
    assert.deepEqual([reply.status, reply.text, reply.headers.get('etag')], [304, '', '"v1"'])
    assert.equal(reply.headers.get('content-type'), null)
  }
  const other = await call('GET', '/t/tagged/', { headers: { 'if-none-match': '"v2"' } })
  assert.deepEqual([other.status, other.text], [200, '{"n":1}'])
})

test('bytes arrive as they are', async () => {
  const reply = await call('GET', '/t/bytes/')
  assert.deepEqual([...reply.body], [0, 255, 1])
  assert.equal(reply.headers.get('content-type'), 'x/y')
})

test('HEAD is GET without its body', async () => {
  const reply = await call('HEAD', '/t/tagged/')
  assert.deepEqual([reply.status, reply.text, reply.headers.get('etag')], [200, '', '"v1"'])
})

test('every answer carries the security headers, errors too', async () => {
  for (const target of ['/t/tagged/', '/t/leak/', '/t/query/', '/nowhere/']) {
    const { headers } = await call('GET', target)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', target)
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/, target)
  }
})

test('a host outside of ALLOWED_HOSTS is refused', async () => {
  const reply = await call('GET', '/t/tagged/', { headers: { host: 'evil.example' } })
  assert.equal(JSON.parse(reply.text).code, 'host_not_allowed')
  const forged = await call('GET', '/t/tagged/', { headers: { host: 'localhost:8000' } })
  assert.equal(forged.status, 200)
})
