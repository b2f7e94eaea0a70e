import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { type Gateway, startGateway } from './gateway.ts'

/** An instance that answers bytes, whatever they are; each time the next of `answers`, then the last again. */
let answers: readonly string[] = []
let asked: string[] = []
let ends = false
/** The connections that questions came by. */
let ways: Socket[] = []
let instance: Server
let gateway: Gateway
const sockets = new Set<Socket>()

before(async () => {
  process.env.SECRET_KEY ??= 'a key of this test alone, with 32 bytes and more: 7Qz'
  process.env.LOGGING_LVL ??= 'ERROR'
  instance = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      asked.push(bytes.toString('latin1'))
      ways.push(socket)
      const answer = answers[Math.min(asked.length, answers.length) - 1] ?? ''
      if (ends) socket.end(answer, 'latin1')
      else socket.write(answer, 'latin1')
    })
  })
  instance.listen(0, '127.0.0.1')
  await once(instance, 'listening')
  const { port } = instance.address() as AddressInfo
  gateway = await startGateway({
    port: 0,
    address: '127.0.0.1',
    routes: [{ service: 'thing', roots: ['/api/v1/things'], port: 8001 }],
    instances: () => [`http://127.0.0.1:${port}`],
  })
})

after(async () => {
  await gateway.close()
  for (const socket of sockets) socket.destroy()
  instance.close()
})

type Told = { end?: boolean; pieces?: readonly string[]; answers?: number; inTurn?: boolean }

/** What a client that sends these bytes on one connection gets, until `answers` answers' heads are there. */
async function talk(request: string, given: readonly string[], told: Told = {}): Promise<string> {
  answers = given
  asked = []
  ways = []
  ends = told.end ?? false
  gateway.instancesOf('thing')?.set([])
  gateway
    .instancesOf('thing')
    ?.set([`http://127.0.0.1:${(instance.address() as AddressInfo).port}`])
  const socket = connect(gateway.port, '127.0.0.1')
  let text = ''
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1')
  })
  const until = performance.now() + 5000
  for (const piece of told.pieces ?? [request]) {
    socket.write(piece, 'latin1')
    // A packet of its own.
    await new Promise((resolve) => setImmediate(resolve))
    while (told.inTurn && !text.endsWith('END') && performance.now() < until)
      await new Promise((resolve) => setImmediate(resolve))
  }
  const isDone = () =>
    /(?:END|\}|\n0\r\n\r\n)$/.test(text) && text.split('HTTP/1.1 ').length > (told.answers ?? 1)
  while (!isDone() && !socket.closed && performance.now() < until)
    await new Promise((resolve) => setImmediate(resolve))
  socket.destroy()
  return text
}

const plain = 'GET /api/v1/things/?a=1 HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\n\r\n'
const good = 'HTTP/1.1 200 OK\r\nX-Own: a\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nEND'

test('a plain GET arrives with who asked, and its answer without what is between two programs', async () => {
  const answer = await talk(plain, [
    good.replace('X-Own', 'Keep-Alive: timeout=9\r\nTrailer: x\r\nX-Own'),
  ])
  assert.match(asked[0] ?? '', /^GET \/api\/v1\/things\/\?a=1 HTTP\/1\.1\r\nHost: shop\r\nAccept: /)
  assert.match(asked[0] ?? '', /\r\nx-forwarded-for: 127\.0\.0\.1\r\nx-forwarded-proto: http\r\n/)
  assert.match(asked[0] ?? '', /\r\nx-forwarded-host: shop\r\nx-request-id: [0-9a-f-]{36}\r\n\r\n$/)
  assert.match(answer, /\r\nX-Own: a\r\n[\s\S]*\r\n\r\nEND$/)
  assert.doesNotMatch(answer, /timeout=9|trailer/i)
})

test('whatever is not plain is read by node:http, and whoever says twice how long it is, is refused', async () => {
  const odd = [
    [plain.replace('Accept', 'Content-Length: 0\r\nTransfer-Encoding: chunked\r\nAccept'), 400],
    [plain.replace('Accept', 'Content-Length: 1\r\nContent-Length: 2\r\nAccept'), 400],
    [plain.replace('Accept', 'Accept : a\r\nAccept'), 400],
    [plain.replace('Accept', 'A: b\nX-Forwarded-For: 1.1.1.1\r\nAccept'), 400],
    [plain.replace('Host', 'Host: other\r\nhost'), 400],
    [plain.replace('Host', 'Hosts'), 400],
    [plain.replace('HTTP/1.1', 'HTTP/2.7'), 400],
    [plain.replace('/?a', '/%2f?a'), 400],
  ] as const
  for (const [request, status] of odd) {
    assert.match(await talk(request, [good]), new RegExp(`^HTTP/1\\.1 ${status} `), request)
    assert.deepEqual(asked, [], request)
  }
})

test('what only we may say is said by us, as it is for every other request', async () => {
  for (const line of ['X-Forwarded-For: 1.1.1.1', 'X-Real-IP: 1.1.1.1', 'Forwarded: for=1.1.1.1']) {
    await talk(plain.replace('Accept', `${line}\r\nAccept`), [good])
    assert.doesNotMatch(asked[0] ?? '', /1\.1\.1\.1/)
  }
  await talk(plain.replace('Accept', 'Connection: keep-alive\r\nAccept'), [good])
  assert.doesNotMatch(asked[0] ?? '', /connection/i)
})

test('requests in pieces, several at once and one after the other are all answered in turn', async () => {
  const cut = plain.length / 2
  const pieces = [plain.slice(0, cut), plain.slice(cut)]
  assert.match(await talk('', [good], { pieces }), /^HTTP\/1\.1 200 [\s\S]*END$/)
  const second = plain.replace('a=1', 'a=2')
  for (const pieces of [
    [plain + second],
    [plain, second],
    [plain, second.slice(0, 9), second.slice(9)],
  ]) {
    const both = await talk('', [good, good], {
      pieces,
      answers: 2,
    })
    assert.equal(both.match(/END/g)?.length, 2)
    assert.deepEqual(
      asked.map((it) => it.slice(0, 27)),
      ['GET /api/v1/things/?a=1 HTT', 'GET /api/v1/things/?a=2 HTT'],
    )
  }
})

test('answers without a length are passed on in chunks, whoever else’s chunks they were', async () => {
  const chunked = good.replace('Content-Length: 3', 'Transfer-Encoding: chunked').replace('END', '')
  const parts = `${chunked}2;x=y\r\nab\r\n10\r\n0123456789abcdef\r\n0\r\nX-Trailer: a\r\n\r\n`
  const body = (text: string) => text.slice(text.indexOf('\r\n\r\n') + 4)
  assert.equal(
    body(
      await talk(plain, [parts, good], {
        pieces: [plain, plain],
        answers: 2,
      }),
    ).split('HTTP')[0],
    '2\r\nab\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n',
  )
  const open = good.replace('Content-Length: 3\r\n', '').replace('keep-alive', 'close')
  assert.match(
    await talk(plain, [open], { end: true }),
    /chunked[\s\S]*\r\n\r\n3\r\nEND\r\n0\r\n\r\n$/,
  )
})

test('an answer that can be read in two ways is nobody’s', async () => {
  const unsafe = [
    good.replace('Content-Length: 3', 'Content-Length: 3\r\nTransfer-Encoding: chunked'),
    good.replace('Content-Length: 3', 'Content-Length: 3\r\nContent-Length: 4'),
    good.replace('Content-Length: 3', 'Content-Length: +3'),
    good.replace('Content-Length: 3', 'Transfer-Encoding: gzip, chunked'),
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nEND',
    'SSH-2.0-thing\r\n\r\nEND',
  ]
  for (const answer of unsafe) assert.match(await talk(plain, [answer]), /^HTTP\/1\.1 503 /, answer)
})

test('bytes behind an answer are nobody’s, and the next question goes another way', async () => {
  const two = await talk('', [`${good}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL`, good], {
    pieces: [plain, plain],
    answers: 2,
    inTurn: true,
  })
  assert.doesNotMatch(two, /EVIL/)
  assert.notEqual(ways[0], ways[1])
  assert.equal(two.match(/END/g)?.length, 2)
})
