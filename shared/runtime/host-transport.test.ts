import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { id } from '../http/params.ts'
import { type Host, startHost } from './host.ts'
import { type Raw, scratch, scratchService, sendRaw, until, wire } from './host-lab.ts'

let host: Host
let calls = 0

const counted = async () => {
  calls++
  return { statusCode: 200, body: 'ok' }
}

before(async () => {
  host = await startHost({
    port: 0,
    address: '127.0.0.1',
    limits: { headersMs: 300, requestMs: 600, slowReadMs: 500 },
    services: [
      scratchService({
        get: scratch('GET', '/api/thing/', counted),
        post: scratch('POST', '/api/thing/', async (event) => ({
          statusCode: 200,
          body: String(event.body?.length ?? 0),
        })),
        upload: scratch('POST', '/api/upload/', counted, {
          upload: { part: 'image', maxBytes: 2 * 1024 * 1024, fields: undefined as never },
        }),
        named: scratch(
          'GET',
          '/api/names/{name}/',
          async (event) => ({
            statusCode: 200,
            body: JSON.stringify(event.pathParameters),
          }),
          { params: { name: id.text } },
        ),
        large: scratch('GET', '/api/large/', async () => 'x'.repeat(5 * 1024 * 1024)),
      }),
    ],
  })
})
after(() => host.drain())

function isProblem(answer: Raw | undefined, status: number, code: string): void {
  assert.equal(answer?.status, status, answer?.body.toString())
  assert.equal(answer.header('content-type'), 'application/problem+json')
  assert.equal(answer.header('x-content-type-options'), 'nosniff')
  assert.equal(JSON.parse(answer.body.toString()).code, code)
}

const one = async (bytes: string | Buffer) => (await sendRaw(host.port, bytes))[0]

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
      calls = 0
      const closing = bytes.replace('\r\nHost: a\r\n', '\r\nConnection: close\r\nHost: a\r\n')
      const answer = await one(closing)
      isProblem(answer, status, code)
      if (status === 405) assert.ok(answer?.header('allow'))
      assert.equal(calls, 0)
    })

  test('an upgrade is not made: the request is answered as it stands', async () => {
    const answers = await sendRaw(
      host.port,
      'GET /api/thing/ HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Key: x\r\n\r\n',
    )
    assert.deepEqual(
      answers.map((it) => it.status),
      [200],
    )
  })

  test('names that objects have are only names', async () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      const answer = await one(wire('GET', `/api/names/${name}`))
      assert.deepEqual(JSON.parse(answer?.body.toString() ?? ''), { name })
    }
  })

  test('OPTIONS * is answered', async () => {
    assert.equal((await one(wire('OPTIONS', '*')))?.status, 204)
  })

  test('HTTP/1.0 needs no Host', async () => {
    assert.equal((await one('GET /api/thing/ HTTP/1.0\r\n\r\n'))?.status, 200)
  })
})

describe('bodies', () => {
  const mega = 1024 * 1024

  test('1 MB passes, a byte more is 413, announced or not', async () => {
    const full = await one(
      wire('POST', '/api/thing/', [['Content-Type', 'text/plain']], 'x'.repeat(mega)),
    )
    assert.equal(full?.body.toString(), String(mega))
    isProblem(
      await one(wire('POST', '/api/thing/', [], 'x'.repeat(mega + 1))),
      413,
      'payload_too_large',
    )
    const chunk = `${(mega + 1).toString(16)}\r\n${'x'.repeat(mega + 1)}\r\n0\r\n\r\n`
    const chunked = wire('POST', '/api/thing/', [['Transfer-Encoding', 'chunked']])
    isProblem(await one(Buffer.concat([chunked, Buffer.from(chunk)])), 413, 'payload_too_large')
  })

  test('an upload has a limit of its own', async () => {
    assert.equal((await one(wire('POST', '/api/upload/', [], 'x'.repeat(mega * 2))))?.status, 200)
    const over = await one(wire('POST', '/api/upload/', [], 'x'.repeat(mega * 2 + 1)))
    isProblem(over, 413, 'payload_too_large')
  })

  test('one announced as too large is refused before it is sent; 100 comes only when it may', async () => {
    const refused = await sendRaw(
      host.port,
      `POST /api/thing/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${mega * 9}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
    )
    assert.deepEqual(
      refused.map((it) => it.status),
      [413],
    )
    const taken = await sendRaw(
      host.port,
      wire(
        'POST',
        '/api/thing/',
        [
          ['Expect', '100-continue'],
          ['Content-Type', 'text/plain'],
        ],
        'abc',
      ),
    )
    assert.deepEqual(
      taken.map((it) => it.status),
      [100, 200],
    )
  })

  test('an endless one is cut, and does not fill the memory', async () => {
    const before = process.memoryUsage().rss
    const socket = connect(host.port, '127.0.0.1')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.on('error', () => undefined).resume()
    socket.write('POST /api/thing/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const pump = () => {
      while (!socket.destroyed && socket.write(chunk)) if (socket.bytesWritten > 3e9) return
    }
    socket.on('drain', pump)
    pump()
    await closed
    assert.ok(process.memoryUsage().rss - before < 200e6)
  })

  test('a client that goes away in the middle harms nobody', async () => {
    const socket = connect(host.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('POST /api/thing/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf', () =>
      socket.destroy(),
    )
    await until('nothing is in flight', async () => {
      const text = await (await fetch(`http://127.0.0.1:${host.port}/metrics`)).text()
      return /^souk_requests_in_flight\{function="souk-lab-post".*\} 0$/m.test(text)
    })
  })
})

describe('connections', () => {
  test('carry many requests, also before the first is answered', async () => {
    const all = Buffer.concat([
      wire('GET', '/api/thing/', [], '', false),
      wire('POST', '/api/thing/', [['Content-Type', 'text/plain']], 'four', false),
      wire('GET', '/nowhere/', [], '', false),
      wire('GET', '/api/names/x/'),
    ])
    const answers = await sendRaw(host.port, all)
    assert.deepEqual(
      answers.map((it) => it.status),
      [200, 200, 404, 200],
    )
    assert.equal(answers[1]?.body.toString(), '4')
  })

  test('are kept for 95 seconds', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number | undefined>()
    for (let round = 0; round < 3; round++)
      await new Promise<void>((resolve, reject) => {
        request({ agent, port: host.port, path: '/api/thing/' }, (response) => {
          ports.add(response.socket.localPort)
          assert.equal(response.headers['keep-alive'], 'timeout=95')
          response.resume().on('end', resolve)
        })
          .on('error', reject)
          .end()
      })
    assert.equal(ports.size, 1)
    agent.destroy()
  })

  test('that are slow to send their headers are cut, others are served meanwhile', async () => {
    const started = performance.now()
    const slow = Array.from({ length: 50 }, () =>
      sendRaw(host.port, 'GET /api/thing/ HTTP/1.1\r\nHo'),
    )
    assert.equal((await one(wire('GET', '/api/thing/')))?.status, 200)
    const answers = await Promise.all(slow)
    for (const [answer] of answers) assert.equal(answer?.status, 408)
    assert.ok(performance.now() - started < 4000)
  })

  test('that are slow to send their body are cut', async () => {
    const [answer] = await sendRaw(
      host.port,
      'POST /api/thing/ HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nslow',
    )
    assert.equal(answer?.status, 408)
  })

  test('that do not take their answers are cut', async (t) => {
    const quick = await startHost({
      port: 0,
      address: '127.0.0.1',
      limits: { slowReadMs: 200 },
      services: [
        scratchService({
          large: scratch('GET', '/large/', async () => 'x'.repeat(50_000)),
        }),
      ],
    })
    t.after(() => quick.drain())
    const pipelined = Array.from({ length: 300 }, () => wire('GET', '/large/', [], '', false))
    const socket = connect(quick.port, '127.0.0.1')
    t.after(() => socket.destroy())
    socket.on('error', () => undefined)
    socket.pause()
    socket.write(Buffer.concat(pipelined))
    const count = () =>
      new Promise<number>((resolve) => quick.server.getConnections((_error, n) => resolve(n)))
    await until('it is connected', async () => (await count()) === 1)
    await until('it is cut', async () => (await count()) === 0, 8000)
  })
})
