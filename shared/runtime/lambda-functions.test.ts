import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import { services } from '../../functions/catalog.ts'
import type { Endpoint } from '../http/service.ts'
import { behindEdge } from './lambda-edge.ts'
import { routing } from './lambda-router.ts'
import { fetchSecrets } from './lambda-secrets.ts'

const context = { awsRequestId: 'r1' } as Context

function event(method: string, path: string, headers: Record<string, string> = {}) {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers,
    requestContext: { routeKey: '$default', http: { method, path, sourceIp: '10.0.0.9' } },
    isBase64Encoded: false,
  } as unknown as APIGatewayProxyEventV2
}

/** A service's own contracts over handlers that tell what they were given. */
function telling(name: string) {
  const service = services.find((it) => it.name === name)
  assert.ok(service)
  const endpoints = Object.entries(service.endpoints as Record<string, Endpoint>).map(
    ([key, { contract }]): [string, Endpoint] => [
      key,
      {
        contract,
        handler: async ({ routeKey, pathParameters }) => ({
          statusCode: 200,
          body: JSON.stringify([contract.name, routeKey, pathParameters]),
        }),
      },
    ],
  )
  return routing({ name, endpoints: Object.fromEntries(endpoints) })
}

const uuid = '11111111-1111-4111-8111-111111111111'
for (const [method, path, wanted] of [
  ['GET', '/api/v1/reviews/7/', ['list-reviews', { product_id: '7' }]],
  ['GET', '/api/v1/reviews/7', ['list-reviews', { product_id: '7' }]],
  ['HEAD', `/api/v1/reviews/${uuid}/`, ['get-review', { review_id: uuid }]],
  ['PUT', `/api/v1/reviews/${uuid}/`, ['change-review', { review_id: uuid }]],
  ['GET', '/api/v1/reviews/mine/', ['list-own-reviews', {}]],
] as const)
  test(`one function for many: ${method} ${path} is ${wanted[0]}`, async () => {
    const { statusCode, body = '' } = await telling('review')(event(method, path), context)
    const [name, routeKey, params] = JSON.parse(body)
    assert.deepEqual([statusCode, name, params], [200, ...wanted])
    assert.match(routeKey, /^(GET|PUT) \/api\/v1\/reviews\//)
  })

test('what is of nobody is answered as by the host', async () => {
  const call = telling('review')
  const missing = await call(event('GET', '/api/v1/reviews/no/such/thing/'), context)
  assert.equal(missing.statusCode, 404)
  assert.equal(JSON.parse(missing.body ?? '').code, 'not_found')
  const wrong = await call(event('DELETE', '/api/v1/reviews/'), context)
  assert.deepEqual([wrong.statusCode, wrong.headers?.allow], [405, 'GET, HEAD, OPTIONS, POST'])
  const options = await call(event('OPTIONS', '/api/v1/reviews/'), context)
  assert.deepEqual([options.statusCode, options.headers?.allow], [204, 'GET, HEAD, OPTIONS, POST'])
})

const told = { 'x-souk-address': '203.0.113.7', 'x-souk-host': 'shop.example' }
const forged = { 'x-forwarded-host': 'evil.example' }
for (const [who, headers, address, host] of [
  ['the CDN', { ...told, 'x-souk-edge': 'key-of-the-edge' }, '203.0.113.7', 'shop.example'],
  ['a stranger', { ...told, ...forged }, '10.0.0.9', undefined],
  ['a stranger who guesses', { ...told, ...forged, 'x-souk-edge': 'x' }, '10.0.0.9', undefined],
] as const)
  test(`${who} is believed as far as that goes`, async (t) => {
    process.env.EDGE_KEY = 'key-of-the-edge'
    t.after(() => delete process.env.EDGE_KEY)
    let seen: APIGatewayProxyEventV2 | undefined
    const handler = behindEdge(async (event) => {
      seen = event
      return {}
    })
    assert.ok(handler.length <= 2)
    await handler(event('GET', '/', headers), context)
    assert.equal(seen?.requestContext.http.sourceIp, address)
    assert.equal(seen?.headers['x-forwarded-host'], host)
    assert.deepEqual(
      Object.keys(seen?.headers ?? {}).filter((it) => it.startsWith('x-souk')),
      [],
    )
  })

test('secrets come by their names, a database of RDS as URL', async () => {
  const kept: Record<string, string> = {
    'arn:key': 'sealed',
    'arn:rds': '{"username":"souk","password":"p@ss/word","host":"db","port":5432,"dbname":"cart"}',
  }
  const env: Record<string, string | undefined> = {
    SECRET_KEY_SECRET_ARN: 'arn:key',
    DB_CONNECTION_STRING_SECRET_ARN: 'arn:rds',
    DB_CONNECTION_STRING_HOST: 'proxy',
    EDGE_KEY_SECRET_ARN: 'arn:gone',
    EDGE_KEY: 'given',
  }
  await fetchSecrets(env, async (arn) => kept[arn] ?? assert.fail(arn))
  assert.equal(env.SECRET_KEY, 'sealed')
  assert.equal(env.EDGE_KEY, 'given')
  assert.equal(
    env.DB_CONNECTION_STRING,
    'postgres://souk:p%40ss%2Fword@proxy:5432/cart?sslmode=verify-full',
  )
})
