import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { type Gateway, startGateway } from './gateway.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Two instances of one service, a gateway in front, and a storefront that says its name. */
const instances: { server: Server; url: string; seen: number }[] = []
let gateway: Gateway
let answer: Answer
let base: string

before(async () => {
  process.env.SECRET_KEY ??= 'a key of this test alone, with 32 bytes and more: 7Qz'
  process.env.LOGGING_LVL ??= 'ERROR'
  for (const at of [0, 1]) {
    const server = createServer((request, response) => {
      const one = instances[at]
      if (one) one.seen++
      answer(request, response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    instances.push({ server, url: `http://127.0.0.1:${port}`, seen: 0 })
  }
  gateway = await startGateway({
    port: 0,
    address: '127.0.0.1',
    routes: [
      { service: 'thing', roots: ['/api/v1/things'], port: 8001 },
      { service: 'gone', roots: ['/api/v1/gone'], port: 8002 },
    ],
    instances: (service) => (service === 'thing' ? instances.map((it) => it.url) : []),
    storefront: (_request, response) => response.end('storefront'),
  })
  base = `http://127.0.0.1:${gateway.port}`
})

beforeEach(() => {
  answer = (request, response) => response.end(JSON.stringify(request.headers))
  gateway.instancesOf('thing')?.set([])
  gateway.instancesOf('thing')?.set(instances.map((it) => it.url))
  for (const one of instances) one.seen = 0
})

after(async () => {
  await gateway.close()
  for (const { server } of instances) {
    server.closeAllConnections()
    server.close()
  }
})

const get = (path: string, init: RequestInit = {}) => fetch(base + path, init)

test('the client cannot say who it is; the gateway does', async () => {
  const reply = await get('/api/v1/things/', {
    headers: {
      'x-forwarded-for': '10.1.1.1',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-real-ip': '10.1.1.1',
      forwarded: 'for=10.1.1.1',
      'x-deadline-ms': '1',
      'x-request-id': 'a sane one? no',
    },
  })
  const seen = (await reply.json()) as Record<string, string>
  assert.equal(seen['x-forwarded-for'], '127.0.0.1')
  assert.equal(seen['x-forwarded-host'], `127.0.0.1:${gateway.port}`)
  assert.equal(seen['x-forwarded-proto'], 'http')
  for (const name of ['x-real-ip', 'forwarded', 'x-deadline-ms'])
    assert.equal(seen[name], undefined)
  assert.match(seen['x-request-id'] ?? '', /^[0-9a-f-]{36}$/)
})

test('bodies, statuses, headers and cookies pass both ways', async () => {
  answer = async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    response.writeHead(201, ['set-cookie', 'a=1', 'set-cookie', 'b=2', 'x-own', 'yes'])
    response.end(Buffer.concat([Buffer.from(`${request.method} ${request.url} `), ...chunks]))
  }
  const reply = await get('/api/v1/things/x?q=%20a', { method: 'POST', body: 'é'.repeat(100_000) })
  assert.equal(reply.status, 201)
  assert.deepEqual(reply.headers.getSetCookie(), ['a=1', 'b=2'])
  assert.equal(reply.headers.get('x-own'), 'yes')
  assert.equal(await reply.text(), `POST /api/v1/things/x?q=%20a ${'é'.repeat(100_000)}`)
})

test('both instances work', async () => {
  await Promise.all(
    Array.from({ length: 100 }, () => get('/api/v1/things/').then((it) => it.text())),
  )
  for (const { seen } of instances) assert.ok(seen >= 20, `one saw ${seen} of 100`)
})

test('a read that meets a dead instance is answered by the other, a write is not sent twice', async () => {
  const [dead] = instances
  answer = (request, response) => {
    if (request.socket.localPort === Number(new URL(dead?.url ?? '').port)) request.socket.destroy()
    else response.end('well')
  }
  const reads = await Promise.all(Array.from({ length: 30 }, () => get('/api/v1/things/')))
  assert.deepEqual([...new Set(reads.map((it) => it.status))], [200])
  assert.ok((dead?.seen ?? 0) < 30, 'the dead one is left out after some faults')

  answer = (request) => request.socket.destroy()
  // Both anew: nothing is held against them.
  gateway.instancesOf('thing')?.set([])
  gateway.instancesOf('thing')?.set(instances.map((it) => it.url))
  for (const one of instances) one.seen = 0
  const write = await get('/api/v1/things/', { method: 'POST', body: '{}' })
  const sent = instances.reduce((sum, one) => sum + one.seen, 0)
  assert.deepEqual([write.status, sent], [503, 1])
})

test('nobody there is 503 with Retry-After, as a problem', async () => {
  const reply = await get('/api/v1/gone/')
  assert.equal(reply.status, 503)
  assert.equal(reply.headers.get('content-type'), 'application/problem+json')
  assert.ok(Number(reply.headers.get('retry-after')) >= 1)
  const problem = (await reply.json()) as { code: string; status: number }
  assert.deepEqual([problem.code, problem.status], ['unavailable', 503])
})

test('a path that is no service’s never shows the storefront under /api, nor what is ours alone', async () => {
  for (const path of [
    '/api/',
    '/api/v2/things/',
    '/internal/v1/events/',
    '/metrics',
    '/readyz',
    '/livez',
    '/_/events',
  ])
    assert.equal((await get(path)).status, 404, path)
  assert.equal(await (await get('/products')).text(), 'storefront')
})

test('what two programs could read in two ways is refused, or passed on as it was read', async () => {
  const raw = async (target: string, headers = 'Host: localhost\r\n') => {
    const socket = connect(gateway.port, '127.0.0.1')
    socket.write(`GET ${target} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`)
    let text = ''
    for await (const chunk of socket) text += chunk
    return { status: Number(text.split(' ')[1]), text }
  }
  answer = (request, response) => response.end(`path ${request.url}`)
  for (const target of [
    '/api/v1/things/%2e%2e%2fx',
    '/api/v1/things/%00',
    '/api/v1/things\\x',
    '/api/%zz',
  ])
    assert.equal((await raw(target)).status, target.includes('\\') ? 404 : 400, target)
  assert.equal((await raw('/api/v1/things/', 'Host: a\r\nHost: b\r\n')).status, 400)
  assert.match((await raw('/x/../api//v1/./things/1')).text, /path \/api\/v1\/things\/1$/)
  assert.equal((await raw('/api/v1/things/../../../internal/v1/events/')).status, 404)
})

test('a client that leaves does not leave its call behind', async () => {
  const closed = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  answer = (request, response) => {
    response.on('close', () => closed.resolve())
    request.resume()
    arrived.resolve()
  }
  const abort = new AbortController()
  const call = get('/api/v1/things/', { signal: abort.signal })
  await arrived.promise
  abort.abort()
  await assert.rejects(call)
  await closed.promise
})

test('a body over 6 MB is 413', async () => {
  const reply = await get('/api/v1/things/', {
    method: 'POST',
    body: Buffer.alloc(6 * 1024 * 1024 + 1),
  })
  assert.equal(reply.status, 413)
})
