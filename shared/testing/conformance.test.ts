import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openapi } from '../derive/openapi.ts'
import { conformance, type Exchange } from './conformance.ts'
import { scratch } from './scratch.ts'
import { allowing } from './until.ts'

const { check } = conformance(openapi(scratch))

const thing = {
  id: 1,
  type: 'tool',
  price: '12.99',
  note: null,
  made_at: '2026-01-31T12:00:00Z',
}
const json = {
  'content-type': 'application/json',
  'cache-control': 'public',
  etag: '"a"',
  'x-request-id': 'r',
}
const good = {
  method: 'GET',
  path: '/api/v1/things/1/',
  status: 200,
  headers: json,
  bodyText: JSON.stringify(thing),
}

function problem(status: number, code: string, title: string, more = {}): Exchange {
  return {
    ...good,
    status,
    headers: { 'content-type': 'application/problem+json', 'x-request-id': 'r', ...more },
    bodyText: JSON.stringify({
      type: `https://souk.example/problems/${code}`,
      title,
      status,
      detail: 'x',
      instance: '/',
      code,
      request_id: 'r',
    }),
  }
}

test('what the document says is found right', () => {
  const page = { count: 1, next: null, previous: null, results: [thing] }
  const right: Exchange[] = [
    good,
    { ...good, path: '/api/v1/things/1' },
    {
      ...good,
      headers: new Headers({ ...json, 'content-type': 'application/json; charset=utf-8' }),
    },
    { ...good, path: '/api/v1/things/', bodyText: JSON.stringify(page) },
    { ...good, method: 'HEAD', bodyText: '' },
    { ...good, status: 304, bodyText: '' },
    { ...good, method: 'OPTIONS', status: 204, bodyText: '' },
    { ...good, path: '/.well-known/things.json', bodyText: '{"things":[]}' },
    {
      ...good,
      path: '/api/v1/things/pictures/a.webp',
      headers: { ...json, 'content-type': 'image/webp' },
      bodyText: '\u0000',
    },
    problem(404, 'not_found', 'Not found'),
    problem(503, 'unavailable', 'Not available at the moment', { 'retry-after': '1' }),
    {
      ...problem(405, 'method_not_allowed', 'Method not allowed', {
        allow: 'DELETE, GET, HEAD, OPTIONS, PUT',
      }),
      method: 'PATCH',
    },
  ]
  for (const it of right) assert.deepEqual(check(it), [], JSON.stringify(it))
})

test('every kind of difference is found', () => {
  const wrong: [RegExp, Exchange][] = [
    [/status 418 is not documented/, { ...good, status: 418 }],
    [
      /body\/price must match pattern/,
      { ...good, bodyText: JSON.stringify({ ...thing, price: '12.9' }) },
    ],
    [
      /must NOT have additional properties/,
      { ...good, bodyText: JSON.stringify({ ...thing, secret: 1 }) },
    ],
    [/must have required property 'id'/, { ...good, bodyText: '{"note":null}' }],
    [
      /made_at must match format "date-time"/,
      { ...good, bodyText: JSON.stringify({ ...thing, made_at: 'now' }) },
    ],
    [/the body is not JSON/, { ...good, bodyText: '{' }],
    [
      /content type text\/html is not documented/,
      { ...good, headers: { ...json, 'content-type': 'text/html' } },
    ],
    [
      /header X-Request-Id is missing/,
      { ...good, headers: { ...json, 'x-request-id': undefined } },
    ],
    [
      /header ETag is missing/,
      {
        ...good,
        path: '/.well-known/things.json',
        bodyText: '{"things":[]}',
        headers: { ...json, etag: undefined },
      },
    ],
    [/header ETag does not fit/, { ...good, headers: { ...json, etag: 'a' } }],
    [/a body where none is documented/, { ...good, status: 304 }],
    [/a body in the answer to HEAD/, { ...good, method: 'HEAD' }],
    [/code must be equal to one of the allowed/, problem(404, 'in_use', 'Not found')],
    [/title must be equal to one of/, problem(404, 'not_found', 'Gone')],
    [/header Retry-After is missing/, problem(503, 'unavailable', 'Not available at the moment')],
    [
      /status must be equal to constant/,
      { ...problem(404, 'not_found', 'Not found'), status: 400 },
    ],
    [/status 200 for a method/, { ...good, method: 'PATCH' }],
    [
      /Allow lacks PUT/,
      {
        ...problem(405, 'method_not_allowed', 'Method not allowed', { allow: 'GET, DELETE' }),
        method: 'PATCH',
      },
    ],
  ]
  for (const [expected, exchange] of wrong)
    assert.match((check(exchange) ?? []).join('\n'), expected, JSON.stringify(exchange))
})

test('a path that the document has not is not judged', () => {
  for (const path of ['/livez', '/api/v1/things/1/x/', '/api/v1/other/', '/internal/v1/events/'])
    assert.equal(check({ ...good, path }), undefined, path)
})

test('it is fast enough for every call of a test run', () => {
  const start = performance.now()
  for (let at = 0; at < 2000; at++) check(good)
  assert.ok(performance.now() - start < allowing(1000), `${performance.now() - start} ms for 2,000`)
})
