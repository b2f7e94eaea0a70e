import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { id } from '../http/params.ts'
import { startHost } from './host.ts'
import { type Invoke, invoke } from './invoke.ts'
import { scratch, scratchService, sendRaw, wire } from './lab/scratch.ts'

const echo = async (event: APIGatewayProxyEventV2) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  cookies: ['a=1'],
  body: JSON.stringify(event),
})
const params = { id: id.integer }
const served: unknown[] = []
const services = [
  scratchService({
    get: scratch('GET', '/api/things/{id}/', echo, { params, served: (it) => served.push(it) }),
    put: scratch('PUT', '/api/things/{id}/', echo, { params }),
    throws: scratch('GET', '/api/throws/', () => Promise.reject(new Error('inside'))),
    never: scratch('GET', '/api/never/', () => new Promise(() => undefined)),
    bytes: scratch('GET', '/api/bytes/', async () => ({
      statusCode: 200,
      body: 'AP/+',
      isBase64Encoded: true,
    })),
  }),
]

/** What differs between two calls by its nature. */
function comparable(text: string) {
  const { requestContext, headers, ...event } = JSON.parse(text) as APIGatewayProxyEventV2
  const { time: _time, timeEpoch: _epoch, requestId, ...context } = requestContext
  const { traceparent, 'x-amzn-trace-id': trace, 'x-forwarded-port': port, ...rest } = headers
  assert.ok(requestId && traceparent && trace && port)
  assert.equal(headers['x-request-id'], requestId)
  return { ...event, requestContext: context, headers: { ...rest, 'x-request-id': '' } }
}

describe('a call in this process', () => {
  const asked: Invoke[] = [
    { method: 'GET', target: '/api/things/7/?a=1&a=2&b=x%20y' },
    { method: 'GET', target: '/api/things/7', headers: { Cookie: 'a=1; b=2', 'X-Thing': 'e' } },
    { method: 'HEAD', target: '/api/things/7' },
    {
      method: 'PUT',
      target: '/api/things/7/',
      headers: { 'Content-Type': 'application/json' },
      body: '{"a":"é"}',
    },
    { method: 'PUT', target: '/api/things/7/', body: Buffer.from([0, 255]) },
  ]
  for (const request of asked)
    test(`${request.method} ${request.target} gets the event that the host makes`, async (t) => {
      const here = await invoke(services, request)
      const host = await startHost({ services, port: 0, address: '127.0.0.1' })
      t.after(() => host.drain())
      const headers: [string, string][] = Object.entries({ Host: 'localhost', ...request.headers })
      if (request.method === 'HEAD') return assert.equal(here.status, 200)
      const [there] = await sendRaw(
        host.port,
        wire(request.method, request.target, headers, request.body),
      )
      assert.equal(here.status, there?.status)
      assert.deepEqual(comparable(here.body.toString()), comparable(there?.body.toString() ?? ''))
      assert.deepEqual(
        here.headers.filter(([name]) => name === 'set-cookie'),
        there?.headers.filter(([name]) => name === 'set-cookie'),
      )
    })

  test('names the function and counts the view', async () => {
    served.length = 0
    const { function: name, ms } = await invoke(services, {
      method: 'GET',
      target: '/api/things/7',
    })
    assert.equal(name, 'souk-lab-get')
    assert.ok(ms >= 0)
    assert.deepEqual(served, [{ id: '7' }])
  })

  test('gives bytes', async () => {
    const { body } = await invoke(services, { method: 'GET', target: '/api/bytes/' })
    assert.deepEqual(body, Buffer.from([0, 255, 254]))
  })

  const failing: [Invoke, number, string][] = [
    [{ method: 'GET', target: '/api/things/x/' }, 404, 'not_found'],
    [{ method: 'DELETE', target: '/api/things/7/' }, 405, 'method_not_allowed'],
    [{ method: 'GET', target: '/api/%zz' }, 400, 'invalid_request'],
    [{ method: 'GET', target: 'http://a/' }, 400, 'invalid_request'],
    [{ method: 'GET', target: '/api/throws/' }, 500, 'internal'],
    [{ method: 'GET', target: '/api/never/', timeoutMs: 50 }, 504, 'timeout'],
  ]
  for (const [request, status, code] of failing)
    test(`${request.method} ${request.target} is ${status}`, async () => {
      const reply = await invoke(services, request)
      assert.equal(reply.status, status)
      assert.equal(JSON.parse(reply.body.toString()).code, code)
      assert.ok(reply.headers.some(([, value]) => value === 'application/problem+json'))
    })
})
