import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Host } from './host.ts'
import { scratch, scratchService, sendRaw, wire } from './lab/scratch.ts'

process.env.ALLOWED_ORIGINS = 'https://shop.example'
const { startHost } = await import('./host.ts')

const hello = async () => ({ statusCode: 200, body: 'hello' })
const endpoints = {
  hello: scratch('GET', '/api/v1/hello/', hello),
  write: scratch('POST', '/api/v1/hello/', hello, { credentials: true }),
  echo: scratch('GET', '/api/v1/echo/', async (event) => event),
}

let host: Host
const at = (path: string) => `http://127.0.0.1:${host.port}${path}`

before(async () => {
  host = await startHost({ services: [scratchService(endpoints)], port: 0, address: '127.0.0.1' })
})
after(() => host.drain())

describe('ids', () => {
  test('a sane request id is kept, any other replaced', async () => {
    const ask = async (value: string) =>
      (await fetch(at('/api/v1/echo/'), { headers: { 'x-request-id': value } })).headers.get(
        'x-request-id',
      )
    assert.equal(await ask('Abc.1-2_3'), 'Abc.1-2_3')
    for (const bad of ['a b', 'a'.repeat(129), 'x;y', '"', '{}']) {
      const made = await ask(bad)
      assert.match(made ?? '', /^[0-9a-f-]{36}$/)
    }
  })

  test('a trace is continued with a span of our own, else begun', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const ask = async (traceparent: string) => {
      const response = await fetch(at('/api/v1/echo/'), { headers: { traceparent } })
      const { headers } = (await response.json()) as { headers: Record<string, string> }
      assert.equal(headers.traceparent, response.headers.get('traceparent'))
      assert.match(headers.traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
      return headers.traceparent ?? ''
    }
    const kept = await ask(`00-${trace}-b7ad6b7169203331-00`)
    assert.ok(kept.startsWith(`00-${trace}-`) && kept.endsWith('-00'))
    assert.ok(!kept.includes('b7ad6b7169203331'))
    for (const bad of [
      'x',
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
      `00-${trace}-${'0'.repeat(16)}-01`,
      `ff-${trace}-b7ad6b7169203331-01`,
      `00-${trace}-b7ad6b7169203331-01-x`,
      `00-${trace.toUpperCase()}-b7ad6b7169203331-01`,
    ])
      assert.ok(!(await ask(bad)).includes(trace), bad)
  })
})

describe('who asks', () => {
  const forged: [string, string][] = [
    ['X-Forwarded-For', '6.6.6.6, 198.51.100.7'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', 'shop.example'],
    ['Forwarded', 'for=6.6.6.6'],
    ['X-Real-IP', '6.6.6.6'],
    ['X-Original-URL', '/admin'],
  ]
  const ask = async (to: Host) => {
    const [answer] = await sendRaw(to.port, wire('GET', '/api/v1/echo/', forged))
    return JSON.parse(answer?.body.toString() ?? '')
  }

  test('a trusted proxy is believed, up to the first address that is not ours', async () => {
    const event = await ask(host)
    assert.equal(event.requestContext.http.sourceIp, '198.51.100.7')
    assert.equal(event.headers['x-forwarded-for'], '198.51.100.7')
    assert.equal(event.headers['x-forwarded-proto'], 'https')
    assert.equal(event.headers['x-forwarded-host'], 'shop.example')
    for (const name of ['forwarded', 'x-real-ip', 'x-original-url', 'connection'])
      assert.equal(event.headers[name], undefined, name)
  })

  test('anybody else is not', async (t) => {
    const { parseSettings } = await import('./settings.ts')
    const strangers = await startHost({
      services: [scratchService(endpoints)],
      port: 0,
      address: '127.0.0.1',
      trustedProxies: parseSettings({ ...process.env, TRUSTED_PROXIES: 'none' }).trustedProxies,
    })
    t.after(() => strangers.drain())
    const event = await ask(strangers)
    assert.equal(event.requestContext.http.sourceIp, '127.0.0.1')
    assert.equal(event.headers['x-forwarded-for'], '127.0.0.1')
    assert.equal(event.headers['x-forwarded-proto'], 'http')
  })

  test('a number of hops counts from the peer', async (t) => {
    const { parseSettings } = await import('./settings.ts')
    const hops = await startHost({
      services: [scratchService(endpoints)],
      port: 0,
      address: '127.0.0.1',
      trustedProxies: parseSettings({ ...process.env, TRUSTED_PROXIES: '2' }).trustedProxies,
    })
    t.after(() => hops.drain())
    assert.equal((await ask(hops)).requestContext.http.sourceIp, '6.6.6.6')
  })
})

describe('OPTIONS', () => {
  const ask = (origin: string, wanted: string) =>
    fetch(at('/api/v1/hello/'), {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': wanted },
    })

  test('tells what is allowed', async () => {
    const response = await fetch(at('/api/v1/hello/'), { method: 'OPTIONS' })
    assert.equal(response.status, 204)
    assert.equal(response.headers.get('allow'), 'GET, HEAD, OPTIONS, POST')
    assert.equal(response.headers.get('access-control-allow-origin'), null)
    assert.equal((await fetch(at('/nowhere'), { method: 'OPTIONS' })).status, 404)
  })

  test('answers a preflight of an allowed origin, credentials by the contract', async () => {
    const post = await ask('https://shop.example', 'POST')
    assert.equal(post.status, 204)
    assert.equal(post.headers.get('access-control-allow-origin'), 'https://shop.example')
    assert.equal(post.headers.get('access-control-allow-credentials'), 'true')
    assert.match(post.headers.get('access-control-allow-methods') ?? '', /POST/)
    const get = await ask('https://shop.example', 'GET')
    assert.equal(get.headers.get('access-control-allow-credentials'), null)
  })

  test('lets an allowed origin read the errors of the host too, each header once', async () => {
    const ask = (path: string) => fetch(at(path), { headers: { origin: 'https://shop.example' } })
    const lost = await ask('/nowhere')
    assert.equal(lost.status, 404)
    assert.equal(lost.headers.get('access-control-allow-origin'), 'https://shop.example')
    assert.equal(lost.headers.get('cross-origin-resource-policy'), 'cross-origin')
  })

  test('gives no other origin anything', async () => {
    for (const origin of ['https://evil.example', 'null', 'https://shop.example.evil.example']) {
      const response = await ask(origin, 'POST')
      assert.equal(response.headers.get('access-control-allow-origin'), null, origin)
      assert.equal(response.headers.get('vary'), 'Origin')
    }
  })
})
