import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { sendRaw, wire } from './lab/scratch.ts'
import { isProblem, startThings, type Things } from './lab/things.ts'

let things: Things

before(async () => {
  things = await startThings()
})
after(() => things.host.drain())

describe('a request line or header that tries something', () => {
  const refused: [string, string, number, string][] = [
    [
      'two Host headers',
      'GET /api/thing/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
      400,
      'invalid_request',
    ],
    [
      'no Host header',
      'GET /api/thing/ HTTP/1.1\r\nConnection: close\r\nX: y\r\n\r\n',
      400,
      'invalid_request',
    ],
    [
      'an absolute address',
      'GET http://a/api/thing/ HTTP/1.1\r\nHost: a\r\n\r\n',
      400,
      'invalid_request',
    ],
    [
      'NUL in the path',
      'GET /api/names/a%00b/ HTTP/1.1\r\nHost: a\r\n\r\n',
      400,
      'invalid_request',
    ],
    ['dot segments', 'GET /api/x/../thing/ HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'invalid_request'],
    [
      'encoded dot segments',
      'GET /api/x/%2e%2E/thing/ HTTP/1.1\r\nHost: a\r\n\r\n',
      400,
      'invalid_request',
    ],
    [
      'encoded slashes around dots',
      'GET /api/x%2f..%2fthing/ HTTP/1.1\r\nHost: a\r\n\r\n',
      400,
      'invalid_request',
    ],
    ['broken encoding', 'GET /api/%zz/ HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'invalid_request'],
    [
      'encoding that is no UTF-8',
      'GET /api/%ff%fe/ HTTP/1.1\r\nHost: a\r\n\r\n',
      400,
      'invalid_request',
    ],
    ['TRACE', 'TRACE /api/thing/ HTTP/1.1\r\nHost: a\r\n\r\n', 405, 'method_not_allowed'],
    ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n', 405, 'method_not_allowed'],
    [
      'a method nobody knows',
      'PROPFIND /api/thing/ HTTP/1.1\r\nHost: a\r\n\r\n',
      405,
      'method_not_allowed',
    ],
    [
      'a method that is none',
      'FOO /api/thing/ HTTP/1.1\r\nHost: a\r\n\r\n',
      400,
      'invalid_request',
    ],
    [
      'length and chunks',
      'POST /api/thing/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'invalid_request',
    ],
    [
      'two lengths',
      'POST /api/thing/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
      'invalid_request',
    ],
    [
      'an unknown transfer coding',
      'POST /api/thing/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n',
      400,
      'invalid_request',
    ],
    ['a bare line feed', 'GET /api/thing/ HTTP/1.1\nHost: a\n\n', 400, 'invalid_request'],
    [
      'a folded header',
      'GET /api/thing/ HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n',
      400,
      'invalid_request',
    ],
    [
      'a space before the colon',
      'GET /api/thing/ HTTP/1.1\r\nHost : a\r\n\r\n',
      400,
      'invalid_request',
    ],
    ['TLS on a plain port', '\x16\x03\x01\x02\x00\x01\x00', 400, 'invalid_request'],
    [
      'a long address',
      `GET /api/thing/?${'a'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
      414,
      'uri_too_long',
    ],
    [
      'a very long address',
      `GET /api/thing/?${'a'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
      414,
      'uri_too_long',
    ],
    [
      'headers over 16 KB',
      `GET /api/thing/ HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    ['no such path', 'GET /__proto__ HTTP/1.1\r\nHost: a\r\n\r\n', 404, 'not_found'],
  ]
  for (const [name, bytes, status, code] of refused)
    test(`${name}: ${status}`, async () => {
      things.seen.calls = 0
      const closing = bytes.replace('\r\nHost: a\r\n', '\r\nConnection: close\r\nHost: a\r\n')
      const answer = await things.one(closing)
      isProblem(answer, status, code)
      if (status === 405) assert.ok(answer?.header('allow'))
      assert.equal(things.seen.calls, 0)
    })

  test('an upgrade is not made: the request is answered as it stands', async () => {
    const answers = await sendRaw(
      things.host.port,
      'GET /api/thing/ HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Key: x\r\n\r\n',
    )
    assert.deepEqual(
      answers.map((it) => it.status),
      [200],
    )
  })

  test('names that objects have are only names', async () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      const answer = await things.one(wire('GET', `/api/names/${name}`))
      assert.deepEqual(JSON.parse(answer?.body.toString() ?? ''), { name })
    }
  })

  test('OPTIONS * is answered', async () => {
    assert.equal((await things.one(wire('OPTIONS', '*')))?.status, 204)
  })

  test('HTTP/1.0 needs no Host', async () => {
    assert.equal((await things.one('GET /api/thing/ HTTP/1.0\r\n\r\n'))?.status, 200)
  })
})
