import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, test } from 'node:test'
import * as z from 'zod'
import { Fault } from '../shared/http/errors.ts'
import { verifyService } from '../shared/http/tokens.ts'
import { withInvocation } from '../shared/runtime/invocation.ts'
import { allowing, until } from '../shared/testing/until.ts'
import { type CallOptions, client, closeDiscovery, UpstreamRefusal } from './client.ts'
import { useResolver } from './resolver.ts'
import { upstream } from './upstream.ts'

process.env.SECRET_KEY ??= randomBytes(48).toString('base64url')
process.env.LOGGING_LVL ??= 'ERROR'

const { call, deliver } = client('cart')
const Reply = z.object({ name: z.string() })
const path = '/internal/v1/things/'
const servers: Server[] = []

let service = ''
let urls: string[] = []

beforeEach(() => {
  service = `thing-${randomUUID()}`
  urls = []
  useResolver({ endpoints: async () => urls, state: () => 'static', close: () => undefined })
})

afterEach(async () => {
  await closeDiscovery()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

test('passes on who asks, for whom, and how long it may take', async () => {
  const seen: IncomingMessage[] = []
  await serve((request, response) => {
    seen.push(request)
    good(request, response)
  })
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const request = { id: 'r-1', traceparent, remaining: () => 700 }
  assert.deepEqual(await ask({ path, query: { ids: '1,2' }, request }), { name: 'thing' })
  const [first] = seen
  assert.equal(first?.url, `${path}?ids=1%2C2`)
  assert.equal(first?.headers['x-request-id'], 'r-1')
  assert.equal(first?.headers.traceparent, traceparent)
  const left = Number(first?.headers['x-deadline-ms'])
  assert.ok(left > 100 && left <= 680, `${left} ms are told`)
  const token = String(first?.headers.authorization).replace('Bearer ', '')
  assert.equal(verifyService(token, service), 'cart')
  assert.throws(() => verifyService(token, 'another'), Fault)
})

test('without a request the invocation tells id and trace; no token leaves for public paths', async () => {
  let seen: IncomingMessage | undefined
  await serve((request, response) => {
    seen = request
    good(request, response)
  })
  const around = { requestId: 'r-2', functionName: 'f', service: 'cart', traceparent: '00-x-y-01' }
  await withInvocation(around, () => ask({ path: '/api/v1/things/' }))
  assert.equal(seen?.headers['x-request-id'], 'r-2')
  assert.equal(seen?.headers.authorization, undefined)
})

const broken: Record<string, RequestListener> = {
  'a redirect': (_request, response) => response.writeHead(302, { location: '/else' }).end(),
  'an answer over 1 MB': (_request, response) =>
    response.end(JSON.stringify({ name: 'x'.repeat(1_100_000) })),
  'another shape': (_request, response) => response.end('{"name":7}'),
  'no JSON': (_request, response) => response.end('<html>'),
  'no HTTP': (request) => request.socket.end('what?\r\n\r\n'),
  'a reset': (request) => request.socket.resetAndDestroy(),
  'half an answer': (request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"na')
    setImmediate(() => request.socket.destroy())
  },
  'a 500': (_request, response) => response.writeHead(500).end(),
  silence: () => undefined,
  'a slow drip': (_request, response) => {
    const timer = setInterval(() => response.write(' '), 10)
    response.on('close', () => clearInterval(timer))
  },
}
for (const [name, listener] of Object.entries(broken))
  test(`unavailable, and in time: ${name}`, async () => {
    await serve(listener)
    const started = performance.now()
    await assert.rejects(ask({ path, timeoutMs: 150 }), isFault('unavailable'))
    assert.ok(performance.now() - started < allowing(400))
  })

test('a service that is not there is unavailable', async () => {
  await serve(good)
  servers[0]?.closeAllConnections()
  await new Promise((resolve) => servers.pop()?.close(resolve))
  await assert.rejects(ask(), isFault('unavailable'))
})

test('a refusal tells status and code, and is no fault of the service', async () => {
  await serve((_request, response) =>
    response.writeHead(404).end('{"code":"not_found","detail":"no"}'),
  )
  for (let round = 0; round < 40; round++)
    await assert.rejects(ask(), (error) => {
      assert.ok(error instanceof UpstreamRefusal)
      assert.deepEqual([error.status, error.code], [404, 'not_found'])
      return true
    })
  assert.equal(upstream(service).state(), 'closed')
})

test('with no time left nothing is asked', async () => {
  let asked = 0
  await serve((request, response) => {
    asked++
    good(request, response)
  })
  const request = { id: 'r', traceparent: undefined, remaining: () => 20 }
  await assert.rejects(ask({ path, request }), isFault('timeout'))
  assert.equal(asked, 0)
})

test('a path that is none is a defect, not a request', async () => {
  await serve(good)
  for (const bad of ['x', '/a/../b', '/a b', '/a?x', '/a#x', '/a\n'])
    await assert.rejects(ask({ path: bad }), /Not a path/, bad)
})

test('one retry, elsewhere, for what may be sent twice, within a tenth of all calls', async () => {
  const counts = [0, 0]
  await serve(
    (_request, response) => {
      counts[0] = (counts[0] ?? 0) + 1
      response.writeHead(503).end()
    },
    (request, response) => {
      counts[1] = (counts[1] ?? 0) + 1
      good(request, response)
    },
  )
  const { mayRetry, guard } = upstream(service)
  assert.equal(mayRetry(), false, 'nothing is saved up at first')
  for (let saved = 0; saved < 60; saved++) await guard(async () => undefined)
  const tries = Array.from({ length: 6 }, () => ask())
  assert.ok((await Promise.allSettled(tries)).every(({ status }) => status === 'fulfilled'))
  assert.ok((counts[0] ?? 0) >= 2, 'the bad one was tried')
})

test('a POST is sent once without a key, and again with one', async () => {
  let asked = 0
  const bad: RequestListener = (_request, response) => {
    asked++
    response.writeHead(503).end()
  }
  await serve(bad, bad)
  const { guard } = upstream(service)
  for (let saved = 0; saved < 20; saved++) await guard(async () => undefined)
  await assert.rejects(ask({ path, method: 'POST', body: {} }), isFault('unavailable'))
  assert.equal(asked, 1)
  await assert.rejects(
    ask({ path, method: 'POST', body: {}, idempotencyKey: 'k' }),
    isFault('unavailable'),
  )
  assert.equal(asked, 3)
})

test('all instances failing: attempts stay within 1.1 for each call', async () => {
  let asked = 0
  const flaky: RequestListener = (request, response) => {
    // Under half, so that the circuit stays closed.
    if (asked++ % 3 === 0) response.writeHead(503).end()
    else good(request, response)
  }
  await serve(flaky, flaky)
  const calls = 600
  for (let round = 0; round < calls; round++) await ask().catch(() => undefined)
  assert.equal(upstream(service).state(), 'closed')
  assert.ok(asked > calls && asked <= calls * 1.1, `${asked} attempts for ${calls} calls`)
})

test('half of twenty failing opens the circuit; one probe closes it', async () => {
  let asked = 0
  let isWell = false
  await serve((request, response) => {
    asked++
    if (isWell) good(request, response)
    else response.writeHead(500).end()
  })
  for (let round = 0; round < 30; round++) await assert.rejects(ask(), isFault('unavailable'))
  assert.equal(asked, 20)
  assert.equal(upstream(service).state(), 'open')
  isWell = true
  await until(() => ask().catch(() => undefined), 5)
  assert.equal(asked, 21)
  assert.equal(upstream(service).state(), 'closed')
})

test('fifty calls at once, the next are refused at once', async () => {
  const held: (() => void)[] = []
  await serve((request, response) => {
    held.push(() => good(request, response))
  })
  const calls = Array.from({ length: 50 }, () => ask({ path, timeoutMs: 5_000 }))
  await until(() => held.length === 50)
  const started = performance.now()
  await assert.rejects(ask(), isFault('unavailable'))
  assert.ok(performance.now() - started < allowing(50))
  for (const release of held) release()
  assert.equal((await Promise.all(calls)).length, 50)
})

test('delivers an event with its id as the key', async () => {
  let body = ''
  let seen: IncomingMessage | undefined
  await serve(async (request, response) => {
    seen = request
    for await (const chunk of request) body += chunk
    response.writeHead(204).end()
  })
  const id = randomUUID()
  const createdAt = new Date().toISOString()
  const event = { id, topic: 'a.b', to: service, payload: { n: 1 }, createdAt }
  await deliver({ ...event, traceparent: undefined })
  assert.equal(`${seen?.method} ${seen?.url}`, 'POST /internal/v1/events/')
  assert.equal(seen?.headers['idempotency-key'], id)
  assert.deepEqual(JSON.parse(body), { id, topic: 'a.b', at: createdAt, payload: { n: 1 } })
})

const good: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'application/json').end('{"name":"thing"}')
}

function ask(options: CallOptions = { path }) {
  return call(service, options, Reply)
}

function isFault(code: string) {
  return (error: unknown) => {
    assert.ok(error instanceof Fault, String(error))
    assert.equal(error.code, code)
    return true
  }
}

/** One server for each listener, together one service. */
async function serve(...listeners: RequestListener[]): Promise<void> {
  for (const listener of listeners) {
    const server = createServer(listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
    urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  }
}
