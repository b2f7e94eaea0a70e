import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Gateway, startGateway } from './gateway.ts'

// What a gateway before this server sends here when it has nobody to ask.

const routes = [{ service: 'thing', roots: ['/api/v1/things'], port: 8001 }]
let behind: Gateway
let alone: Gateway

before(async () => {
  process.env.SECRET_KEY ??= 'a key of this test alone, with 32 bytes and more: 7Qz'
  process.env.LOGGING_LVL ??= 'ERROR'
  const options = { port: 0, address: '127.0.0.1', routes, instances: () => [] }
  behind = await startGateway({ ...options, isBehindGateway: true })
  alone = await startGateway(options)
})
after(() => Promise.all([behind.close(), alone.close()]))

async function ask({ port }: Gateway, path: string, headers: Record<string, string> = {}) {
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
  const body = (await reply.json()) as Record<string, unknown>
  return { status: reply.status, headers: reply.headers, body }
}

test('what the gateway could not pass on is told as a problem, of the path it was for', async () => {
  const url = encodeURIComponent('http://shop.example/api/v1/things/7/?token=secret')
  const { status, headers, body } = await ask(behind, `/_/unavailable?url=${url}`, {
    'x-request-id': 'mine-1',
  })
  assert.deepEqual([status, headers.get('content-type')], [503, 'application/problem+json'])
  assert.ok(Number(headers.get('retry-after')) >= 1)
  assert.partialDeepStrictEqual(body, { code: 'unavailable', instance: '/api/v1/things/7/' })
  assert.equal(headers.get('x-request-id'), 'mine-1')
})

test('a path written over by Traefik is named as it was', async () => {
  const { status, body } = await ask(behind, '/_/unavailable', {
    'x-replaced-path': '/api/schema/swagger-ui/',
  })
  assert.deepEqual([status, body.instance], [503, '/api/schema/swagger-ui/'])
})

test('nonsense in its place is no fault of ours', async () => {
  for (const query of ['?url=', '?url=%00', '?url=http://', '?other=1', ''])
    assert.equal((await ask(behind, `/_/unavailable${query}`)).status, 503, query)
})

test('a gateway with none before it knows no such path', async () => {
  assert.equal((await ask(alone, '/_/unavailable')).status, 404)
  assert.equal((await ask(behind, '/_/other')).status, 404)
})
