import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { id } from '../http/params.ts'
import { allowing } from '../testing/until.ts'
import { scratch, scratchService } from './lab/scratch.ts'
import { match, routeTable } from './routes.ts'

const nothing = async () => ({ statusCode: 204 })
const uuid = '0190f5fe-7a3c-7c3e-9b1a-0123456789ab'

const table = routeTable([
  scratchService({
    listThings: scratch('GET', '/api/v1/things/', nothing),
    createThing: scratch('POST', '/api/v1/things/', nothing),
    getThing: scratch('GET', '/api/v1/things/{id}/', nothing, { params: { id: id.integer } }),
    putThing: scratch('PUT', '/api/v1/things/{id}/', nothing, { params: { id: id.integer } }),
    getReview: scratch('GET', '/api/v1/things/{review_id}/', nothing, {
      params: { review_id: id.uuid },
    }),
    getSpecial: scratch('GET', '/api/v1/things/special/', nothing),
    bySlug: scratch('GET', '/api/v1/things/by-slug/{slug}/', nothing, {
      params: { slug: id.text },
    }),
    parts: scratch('GET', '/api/v1/things/{id}/parts/{part}/', nothing, {
      params: { id: id.integer, part: id.text },
    }),
    getName: scratch('GET', '/names/{name}/', nothing, { params: { name: id.text } }),
    deleteName: scratch('DELETE', '/names/{name}/', nothing, { params: { name: id.text } }),
    getSelf: scratch('GET', '/names/self/', nothing),
    keys: scratch('GET', '/.well-known/jwks.json', nothing),
  }),
])

function to(method: string, path: string) {
  const found = match(table, method, path)
  if (found.found === 'route')
    return { name: found.route.endpoint.contract.name, params: found.params }
  return found.found === 'path' ? found.allow : undefined
}

describe('routes', () => {
  const cases: [string, string, ReturnType<typeof to>][] = [
    ['GET', '/api/v1/things/', { name: 'list-things', params: {} }],
    ['GET', '/api/v1/things', { name: 'list-things', params: {} }],
    ['POST', '/api/v1/things/', { name: 'create-thing', params: {} }],
    ['HEAD', '/api/v1/things/', { name: 'list-things', params: {} }],
    ['GET', '/api/v1/things/7/', { name: 'get-thing', params: { id: '7' } }],
    ['GET', '/api/v1/things/0/', { name: 'get-thing', params: { id: '0' } }],
    ['PUT', '/api/v1/things/7', { name: 'put-thing', params: { id: '7' } }],
    ['GET', `/api/v1/things/${uuid}/`, { name: 'get-review', params: { review_id: uuid } }],
    ['GET', '/api/v1/things/special/', { name: 'get-special', params: {} }],
    ['GET', '/api/v1/things/by-slug/special/', { name: 'by-slug', params: { slug: 'special' } }],
    ['GET', '/api/v1/things/by-slug/a b €/', { name: 'by-slug', params: { slug: 'a b €' } }],
    ['GET', '/api/v1/things/7/parts/x/', { name: 'parts', params: { id: '7', part: 'x' } }],
    ['GET', '/names/constructor/', { name: 'get-name', params: { name: 'constructor' } }],
    ['GET', '/names/__proto__', { name: 'get-name', params: { name: '__proto__' } }],
    ['GET', '/names/self/', { name: 'get-self', params: {} }],
    ['DELETE', '/names/self/', { name: 'delete-name', params: { name: 'self' } }],
    ['GET', '/.well-known/jwks.json', { name: 'keys', params: {} }],
    ['DELETE', '/api/v1/things/', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/api/v1/things/7/', 'GET, HEAD, OPTIONS, PUT'],
    ['PUT', `/api/v1/things/${uuid}/`, 'GET, HEAD, OPTIONS'],
    ['PUT', '/names/self/', 'DELETE, GET, HEAD, OPTIONS'],
    ['HEAD', '/names/x/', { name: 'get-name', params: { name: 'x' } }],
    ['GET', '/api/v1/things/seven/', undefined],
    ['GET', '/api/v1/things/-1/', undefined],
    ['GET', '/api/v1/things/١/', undefined],
    ['GET', '/api/v1/things//', undefined],
    ['GET', '/api//v1/things/', undefined],
    ['GET', '//api/v1/things/', undefined],
    ['GET', '/api/v1/Things/', undefined],
    ['GET', '/api/v1/', undefined],
    ['GET', '/constructor', undefined],
    ['GET', '/__proto__', undefined],
    ['GET', '/names/', undefined],
    ['GET', '/', undefined],
    ['GET', '', undefined],
    ['GET', 'names/x', undefined],
    ['constructor', '/names/x/', 'DELETE, GET, HEAD, OPTIONS'],
  ]
  for (const [method, path, wanted] of cases)
    test(`${method} ${path}`, () => assert.deepEqual(to(method, path), wanted))

  test('a parameter called __proto__ does not reach the prototype of anything', () => {
    const odd = routeTable([
      scratchService({
        odd: scratch('GET', '/odd/{__proto__}/', nothing, {
          params: JSON.parse('{"__proto__":null}'),
        }),
      }),
    ])
    const found = match(odd, 'GET', '/odd/x/')
    assert.equal(found.found, 'route')
    assert.equal(Object.getPrototypeOf(found.found === 'route' && found.params), Object.prototype)
  })

  test('two endpoints for one request do not start', () => {
    const a = scratch('GET', '/x/{a}/', nothing, { params: { a: id.uuid } })
    const b = scratch('GET', '/x/{b}', nothing, { params: { b: id.uuid } })
    assert.throws(() => routeTable([scratchService({ a, b })]), /souk-lab-b and souk-lab-a/)
  })

  test('a parameter is a whole segment, a handler takes no callback', () => {
    const half = scratch('GET', '/x/a-{a}/', nothing, { params: { a: id.text } })
    assert.throws(() => routeTable([scratchService({ half })]), /whole segment/)
    const old = scratch('GET', '/x/', ((_e: unknown, _c: unknown, _done: unknown) => null) as never)
    assert.throws(() => routeTable([scratchService({ old })]), /takes no callback/)
  })

  test('a long path of many segments is refused quickly', () => {
    const started = performance.now()
    for (let round = 0; round < 1000; round++) to('GET', '/api/v1/things/7'.repeat(400))
    assert.ok(performance.now() - started < allowing(2000))
  })
})
