import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { Stored } from '../data/cache.ts'
import { id } from '../http/params.ts'
import { type Host, startHost } from './host.ts'
import { parseAll, type Raw, scratch, scratchService, sendRaw, until, wire } from './lab/scratch.ts'

/** Ends the slow call that waits; undefined when none does. */
let release: (() => void) | undefined
let host: Host

const page: Stored = {
  status: 200,
  headers: { 'content-type': 'application/json', etag: '"a1"' },
  body: Buffer.from('{"kept":"é"}'),
  etag: '"a1"',
}

before(async () => {
  host = await startHost({
    port: 0,
    address: '127.0.0.1',
    services: [
      scratchService({
        echo: scratch(
          'GET',
          '/api/echo/{name}/',
          async (event) => ({
            statusCode: 200,
            headers: { 'content-type': 'application/json', 'x-one': 'one' },
            cookies: ['a=1', 'b=2'],
            body: JSON.stringify({
              path: event.rawPath,
              query: event.rawQueryString,
              parameters: event.pathParameters,
              headers: Object.entries(event.headers).filter(([name]) => !OWN.has(name)),
              cookies: event.cookies,
              text: 'für alle: €, 🦊',
            }),
          }),
          { params: { name: id.text } },
        ),
        write: scratch(
          'POST',
          '/api/echo/{name}/',
          async (event) => ({
            statusCode: 201,
            body: JSON.stringify([event.body, event.isBase64Encoded]),
          }),
          { params: { name: id.text } },
        ),
        remove: scratch('DELETE', '/api/echo/{name}/', async () => ({ statusCode: 204 }), {
          params: { name: id.text },
        }),
        kept: scratch('GET', '/api/kept/', async () => 'made', {
          cache: { tags: () => [], seconds: 60 },
        }),
        large: scratch('GET', '/api/large/', async () => 'x'.repeat(400_000)),
        bytes: scratch('GET', '/api/bytes/', async () => ({
          statusCode: 200,
          headers: { 'content-type': 'image/png' },
          body: Buffer.from([0, 255, 128, 13, 10]).toString('base64'),
          isBase64Encoded: true,
        })),
        slow: scratch(
          'GET',
          '/api/slow/',
          () =>
            new Promise((resolve) => {
              release = () => {
                release = undefined
                resolve({ statusCode: 200, body: 'at last' })
              }
            }),
        ),
      }),
    ],
    limits: { headersMs: 300, requestMs: 600 },
    peek: (contract) => (contract.name === 'kept' ? page : undefined),
  })
})
after(() => host.drain())

/** What differs from one call to the next. */
const OWN = new Set(['x-request-id', 'traceparent', 'x-amzn-trace-id', 'x-forwarded-for'])
const CHANGING = new Set([
  'x-request-id',
  'traceparent',
  'server-timing',
  'date',
  'keep-alive',
  'connection',
])

/** An answer without what differs from one to the next, its headers in one order. */
function still({ status, reason, headers, body }: Raw) {
  const problem = headers.some(
    ([name, value]) => name === 'content-type' && value.includes('problem'),
  )
  const rest = headers.filter(
    ([name]) => !CHANGING.has(name) && !(problem && name === 'content-length'),
  )
  const text = body.toString('latin1')
  return {
    status,
    reason,
    headers: rest.map(([name, value]) => `${name}: ${value}`).sort(),
    body: problem ? text.replace(/"request_id":"[^"]*"/, '') : text,
  }
}

/** `TE` is nothing that the shortcut takes: node:http answers this, and all behind it. */
const FIRST = Buffer.from('GET /livez HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n')

/** Sends bytes on a connection that node:http has taken over, and gives what it answers to them. */
async function byNodeHttp(bytes: Buffer): Promise<Raw[]> {
  const { socket, came } = await open()
  socket.write(FIRST)
  await until('the first answer', async () => came().endsWith('ok\n'))
  const from = came().length
  socket.write(bytes)
  await once(socket, 'close')
  return parseAll(Buffer.from(came().slice(from), 'latin1'))
}

/** A connection, and what has come by it so far, a character for each byte. */
async function open(): Promise<{ socket: Socket; came: () => string }> {
  const socket = connect(host.port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return { socket, came: () => text }
}

async function assertSame(bytes: Buffer, what?: string): Promise<Raw[]> {
  const [short, whole] = await Promise.all([sendRaw(host.port, bytes), byNodeHttp(bytes)])
  assert.deepEqual(short.map(still), whole.map(still), what ?? bytes.toString('latin1'))
  return short
}

describe('an answer is the same by the shortcut as by node:http', () => {
  const requests: [string, Buffer, number][] = [
    [
      'a GET',
      wire('GET', '/api/echo/x/?a=1&b=%20', [
        ['Accept', '*/*'],
        ['Cookie', 'c=3; d=4'],
      ]),
      200,
    ],
    ['a HEAD', wire('HEAD', '/api/echo/x/'), 200],
    [
      'a POST with a body',
      wire('POST', '/api/echo/x/', [['Content-Type', 'text/plain']], 'fünf'),
      201,
    ],
    ['a POST with bytes', wire('POST', '/api/echo/x/', [], Buffer.from([0, 13, 10, 255])), 201],
    ['a POST without a body', wire('POST', '/api/echo/x/'), 201],
    ['a DELETE', wire('DELETE', '/api/echo/x/'), 204],
    ['a path that leads nowhere', wire('GET', '/nowhere/'), 404],
    ['a method that is not there', wire('PUT', '/api/kept/'), 405],
    ['a path that holds what it cannot', wire('GET', '/api/../echo/x/'), 400],
    ['a stored answer', wire('GET', '/api/kept/'), 200],
    [
      'a stored answer that the client has',
      wire('GET', '/api/kept/', [['If-None-Match', '"a1"']]),
      304,
    ],
    ['a stored answer for HEAD', wire('HEAD', '/api/kept/'), 200],
    ['a large answer', wire('GET', '/api/large/'), 200],
    ['an answer of bytes', wire('GET', '/api/bytes/'), 200],
    ['a body over the limit', wire('POST', '/api/echo/x/', [['Content-Length', '2000000']]), 413],
    ['no Host', Buffer.from('GET /api/echo/x/ HTTP/1.1\r\nConnection: close\r\n\r\n'), 400],
    [
      'two Hosts',
      wire('GET', '/api/echo/x/', [
        ['Host', 'a'],
        ['Host', 'b'],
      ]),
      400,
    ],
    ['bytes beyond ASCII in a header', wire('GET', '/api/echo/x/', [['X-Name', 'Zoë']]), 200],
    ...['4', '4, 4', '+4', '0x4', '4 4', ''].map((length): [string, Buffer, number] => [
      `a length of '${length}'`,
      Buffer.from(
        `POST /api/echo/x/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\nfour`,
      ),
      length === '4' ? 201 : 400,
    ]),
    ...[
      'Content-Length: 4\r\nContent-Length: 4',
      'Content-Length: 4\r\nContent-Length: 5',
      'Content-Length: 5\r\nContent-Length: 4',
      'Content-Length: 4\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding: chunked\r\nContent-Length: 4',
      'Content-Length : 4',
      ' Content-Length: 4',
      'X: y\r\n Content-Length: 4',
      'X: y\rContent-Length: 4',
      'X: y\nContent-Length: 4',
      'X: y\r\r\nContent-Length: 4',
      'Content-Length: 4\r\nX: y\rbc: z',
      'X: y\0\r\nContent-Length: 4',
    ].map((lines): [string, Buffer, number] => [
      `a doubtful length: ${JSON.stringify(lines)}`,
      Buffer.from(
        `POST /api/echo/x/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${lines}\r\n\r\nfour`,
      ),
      400,
    ]),
    ['an empty header', wire('GET', '/api/echo/x/', [['X-Name', '']]), 200],
  ]
  for (const [name, bytes, status] of requests)
    test(name, async () => {
      const [answer] = await assertSame(bytes)
      assert.equal(answer?.status, status)
    })

  test('whatever is in it, or has been broken in it', { timeout: 120_000 }, async () => {
    const field = fc.constantFrom(
      'Host: a',
      'Host: b:80',
      'host:a',
      'Accept: */*',
      'Content-Length: 0',
      'Content-Length: 4',
      'Content-Length: 04',
      'Content-Length: +4',
      'Content-Length: 4, 4',
      'content-length:4 ',
      'Content-Length:',
      'Transfer-Encoding: chunked',
      'Transfer-Encoding : chunked',
      'Connection: keep-alive',
      'Connection: close, x',
      'Connection: Keep-Alive',
      'Connection: upgrade',
      'Upgrade: h2c',
      'Expect: 200-ok',
      'TE: trailers',
      'Trailer: x',
      'Keep-Alive: timeout=5',
      'X-A:  b \t ',
      'X A: b',
      'X-A : b',
      ' X-A: b',
      ': b',
      'X-A',
      'X-A: \x01',
      'X-A: \x7f',
      'X-A: \xff',
      'X-A: a\rb',
      'X-A: a\nHost: c',
      'X-Deadline-Ms: 5000',
      'X-Forwarded-For: 1.2.3.4',
      'Cookie: a=b',
      'Proxy-Connection: keep-alive',
      '__proto__: x',
      'constructor: y',
    )
    const line = fc.constantFrom(
      ...['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'get', 'G ET', ''].flatMap((method) =>
        [
          '/api/echo/x/',
          '/api/kept/',
          '*',
          'http://a/api/echo/x/',
          '/api/echo/a b/',
          '/api/echo/é/',
          '/api/echo/%c3%a9/?x=#y',
        ].flatMap((target) =>
          ['HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2', 'HTTP/1.1 ', 'http/1.1'].map(
            (version) => `${method} ${target} ${version}`,
          ),
        ),
      ),
    )
    const plain = fc.constantFrom(
      'GET /api/echo/x/ HTTP/1.1',
      'POST /api/echo/x/ HTTP/1.1',
      'GET /api/kept/ HTTP/1.1',
    )
    const request = fc.record({
      line: fc.oneof({ weight: 3, arbitrary: plain }, line),
      fields: fc.array(field, { maxLength: 5 }),
      end: fc.oneof({ weight: 6, arbitrary: fc.constant('\r\n') }, fc.constantFrom('\n', '\r')),
      body: fc.oneof(
        { weight: 2, arbitrary: fc.constant('') },
        fc.constantFrom('four', 'four5', '4\r\nfour\r\n0\r\n\r\n'),
      ),
    })
    const bytesOf = ({
      line,
      fields,
      end,
      body,
    }: typeof request extends fc.Arbitrary<infer T> ? T : never) =>
      Buffer.from([line, ...fields, 'Connection: close', '', ''].join(end) + body, 'latin1')
    // Many at once, as some are only answered when their time is over.
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 50, maxLength: 50 }), async (many) => {
        await Promise.all(many.map((it) => assertSame(bytesOf(it))))
      }),
      { numRuns: 20, seed: 42, endOnFailure: true },
    )
  })
})

describe('a connection', () => {
  const ends = (text: string, what: string) => text.split(what).length - 1
  const get = (path: string) => wire('GET', path, [], '', false)

  test('goes from the shortcut to node:http with whatever is not plain', async () => {
    const { socket, came } = await open()
    socket.write(get('/api/kept/'))
    await until('the first answer', async () => ends(came(), '"kept"') === 1)
    socket.write(Buffer.concat([FIRST, get('/api/kept/')]))
    await until('both others', async () => ends(came(), '"kept"') === 2)
    socket.write('POST /api/echo/x/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n')
    socket.write('four')
    await until('the last', async () => ends(came(), '["Zm91cg==",true]') === 1)
    socket.destroy()
  })

  test('answers in order what is asked before the answer before', async () => {
    const { socket, came } = await open()
    socket.write(get('/api/slow/'))
    await until('it waits', async () => release !== undefined)
    socket.write(get('/api/kept/'))
    socket.write(get('/api/bytes/'))
    // Whoever is answered by another connection came behind these.
    await sendRaw(host.port, wire('GET', '/api/kept/'))
    assert.equal(came(), '')
    release?.()
    await until('all three', async () => ends(came(), 'HTTP/1.1 200 OK') === 3)
    assert.ok(came().indexOf('at last') < came().indexOf('"kept"'))
    assert.ok(came().indexOf('"kept"') < came().indexOf('image/png'))
    socket.destroy()
  })

  test('is closed with the answer where the client wants that', async () => {
    const [answer] = await sendRaw(host.port, wire('GET', '/api/kept/'))
    assert.equal(answer?.header('connection'), 'close')
  })

  test('by which nothing comes is closed', async () => {
    const { socket, came } = await open()
    await once(socket, 'close')
    assert.match(came(), /^HTTP\/1\.1 408 /)
  })

  test('gets its answer although its client has said that it sends no more', async () => {
    const { socket, came } = await open()
    socket.end(get('/api/slow/'))
    await until('it waits', async () => release !== undefined)
    release?.()
    await until('it is closed', async () => socket.closed)
    assert.match(came(), /at last$/)
  })

  test('whose client takes no answers gets no more of them', async () => {
    const { socket } = await open()
    socket.pause()
    let asked = 0
    // Each by itself, so that none comes with another; the kernel takes some megabytes.
    await until('our side is full', async () => {
      for (let times = 0; times < 20; times++, asked++) socket.write(get('/api/large/'))
      return socket.writableLength > 0 || asked > 2000
    })
    assert.ok(asked > 1)
    socket.destroy()
    const [answer] = await sendRaw(host.port, wire('GET', '/api/kept/'))
    assert.equal(answer?.status, 200)
  })
})
