import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Context } from 'aws-lambda'
import type { Host } from './host.ts'
import { scratch, scratchService, sendRaw, wire } from './host-lab.ts'

process.env.ALLOWED_ORIGINS = 'https://shop.example'
const { startHost } = await import('./host.ts')

type Seen = { context?: Context & { signal: AbortSignal }; aborted?: boolean }
const seen: Seen = {}
const gate = Promise.withResolvers<void>()
const served: unknown[] = []

const endpoints = {
  hello: scratch('GET', '/api/v1/hello/', async () => ({ statusCode: 200, body: 'hello' }), {
    served: (params) => served.push(params),
  }),
  write: scratch('POST', '/api/v1/hello/', async () => ({ statusCode: 201, body: '{}' }), {
    credentials: true,
  }),
  throws: scratch('GET', '/api/v1/throws/', () => {
    throw new Error('at once')
  }),
  rejects: scratch('GET', '/api/v1/rejects/', () => Promise.reject(new Error('secret detail'))),
  rejectsNothing: scratch('GET', '/api/v1/rejects-nothing/', () => Promise.reject(undefined)),
  never: scratch('GET', '/api/v1/never/', () => new Promise(() => undefined), { timeout: 0.2 }),
  waits: scratch('GET', '/api/v1/waits/', async (_event, context) => {
    const { signal } = context as Context & { signal: AbortSignal }
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    seen.aborted = signal.aborted
    return { statusCode: 200 }
  }),
  context: scratch('GET', '/api/v1/context/', async (_event, context) => {
    seen.context = context as NonNullable<Seen['context']>
    return { statusCode: 200, body: String(context.getRemainingTimeInMillis()) }
  }),
  echo: scratch('GET', '/api/v1/echo/', async (event) => event),
  huge: scratch('GET', '/api/v1/huge/', async () => 'x'.repeat(6 * 1024 * 1024 + 1)),
  one: scratch('GET', '/api/v1/one/', async () => gate.promise.then(() => 'done'), {
    concurrency: 1,
  }),
  undefined: scratch('GET', '/api/v1/falsy/undefined/', async () => undefined),
  null: scratch('GET', '/api/v1/falsy/null/', async () => null),
  false: scratch('GET', '/api/v1/falsy/false/', async () => false),
  zero: scratch('GET', '/api/v1/falsy/zero/', async () => 0),
  empty: scratch('GET', '/api/v1/falsy/empty/', async () => ''),
  notAsync: scratch('GET', '/api/v1/not-async/', () => ({ statusCode: 200, body: 'sync' })),
}

let host: Host
const at = (path: string) => `http://127.0.0.1:${host.port}${path}`

before(async () => {
  host = await startHost({ services: [scratchService(endpoints)], port: 0, address: '127.0.0.1' })
  await host.ready
})
after(() => host.drain())

async function problemOf(response: Response) {
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  const problem = (await response.json()) as Record<string, unknown>
  assert.equal(problem.status, response.status)
  assert.equal(problem.request_id, response.headers.get('x-request-id'))
  return problem
}

describe('a call', () => {
  test('is answered, with the marks of the host', async () => {
    const response = await fetch(at('/api/v1/hello'))
    assert.equal(response.status, 200)
    assert.equal(await response.text(), 'hello')
    assert.match(response.headers.get('server-timing') ?? '', /^total;dur=\d+\.\d$/)
    assert.equal(response.headers.get('x-served-by'), `lab-${process.pid}`)
  })

  test('that throws, at once or later, is 500 and tells nothing', async () => {
    for (const path of ['throws', 'rejects', 'rejects-nothing']) {
      const response = await fetch(at(`/api/v1/${path}/`))
      assert.equal(response.status, 500)
      const problem = await problemOf(response)
      assert.equal(problem.code, 'internal')
      assert.equal(problem.instance, `/api/v1/${path}/`)
      assert.doesNotMatch(JSON.stringify(problem), /secret|at once|stack/)
    }
  })

  test('that throws disturbs no other', async () => {
    const all = Array.from({ length: 60 }, (_, n) =>
      fetch(at(n % 2 ? '/api/v1/hello/' : '/api/v1/rejects/')).then((it) => it.status),
    )
    const statuses = await Promise.all(all)
    assert.deepEqual([...new Set(statuses.filter((_, n) => n % 2))], [200])
    assert.deepEqual([...new Set(statuses.filter((_, n) => n % 2 === 0))], [500])
  })

  test('may return falsy values', async () => {
    const bodies = { undefined: 'null', null: 'null', false: 'false', zero: '0', empty: '' }
    for (const [name, body] of Object.entries(bodies)) {
      const response = await fetch(at(`/api/v1/falsy/${name}/`))
      assert.equal(response.status, 200, name)
      assert.equal(await response.text(), body, name)
    }
    assert.equal(await (await fetch(at('/api/v1/not-async/'))).text(), 'sync')
  })

  test('that never ends is 504 in its time', async () => {
    const started = performance.now()
    const response = await fetch(at('/api/v1/never/'))
    assert.equal(response.status, 504)
    assert.equal((await problemOf(response)).code, 'timeout')
    const took = performance.now() - started
    assert.ok(took >= 190 && took < 3000, `${took} ms`)
  })

  test("inherits its caller's deadline, and its signal is aborted", async () => {
    const response = await fetch(at('/api/v1/waits/'), { headers: { 'x-deadline-ms': '100' } })
    assert.equal(response.status, 504)
    assert.equal(seen.aborted, true)
  })

  test("cannot lengthen its contract's own", async () => {
    const response = await fetch(at('/api/v1/never/'), { headers: { 'x-deadline-ms': '999999' } })
    assert.equal(response.status, 504)
  })

  test("has Lambda's context", async () => {
    const response = await fetch(at('/api/v1/context/'), { headers: { 'x-request-id': 'r-1' } })
    const left = Number(await response.text())
    assert.ok(left > 25_000 && left <= 30_000, `${left}`)
    const { context } = seen
    assert.equal(context?.functionName, 'souk-lab-context')
    assert.equal(context?.awsRequestId, 'r-1')
    assert.equal(context?.memoryLimitInMB, '256')
    assert.equal(context?.functionVersion, '$LATEST')
    assert.equal(context?.signal.aborted, false)
  })

  test('with a result over 6 MB is 500', async () => {
    assert.equal((await problemOf(await fetch(at('/api/v1/huge/')))).code, 'internal')
  })

  test('over its contract of concurrency is 429 with Retry-After', async () => {
    const first = fetch(at('/api/v1/one/'))
    let second = await fetch(at('/api/v1/one/'))
    // Whichever came first holds the place until the gate opens.
    assert.equal(second.status, 429)
    assert.equal(second.headers.get('retry-after'), '1')
    gate.resolve()
    assert.equal((await first).status, 200)
    second = await fetch(at('/api/v1/one/'))
    assert.equal(second.status, 200)
  })

  test('is told to `served` when it was a good GET', async () => {
    served.length = 0
    await fetch(at('/api/v1/hello/'))
    await fetch(at('/api/v1/hello/'), { method: 'HEAD' })
    await fetch(at('/api/v1/throws/'))
    assert.equal(served.length, 1)
  })
})

describe('routes over HTTP', () => {
  test('unknown path 404, unknown method 405 with Allow', async () => {
    const lost = await fetch(at('/api/v1/nowhere/'))
    assert.equal((await problemOf(lost)).code, 'not_found')
    const wrong = await fetch(at('/api/v1/hello/'), { method: 'DELETE' })
    assert.equal(wrong.status, 405)
    assert.equal(wrong.headers.get('allow'), 'GET, HEAD, OPTIONS, POST')
    await problemOf(wrong)
  })

  test('HEAD is GET without its body', async () => {
    const response = await fetch(at('/api/v1/hello/'), { method: 'HEAD' })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-length'), '5')
    assert.equal(await response.text(), '')
  })
})

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

  test('anybody else is not', async () => {
    const { parseSettings } = await import('./settings.ts')
    const strangers = await startHost({
      services: [scratchService(endpoints)],
      port: 0,
      address: '127.0.0.1',
      trustedProxies: parseSettings({ ...process.env, TRUSTED_PROXIES: 'none' }).trustedProxies,
    })
    const event = await ask(strangers)
    assert.equal(event.requestContext.http.sourceIp, '127.0.0.1')
    assert.equal(event.headers['x-forwarded-for'], '127.0.0.1')
    assert.equal(event.headers['x-forwarded-proto'], 'http')
    await strangers.drain()
  })

  test('a number of hops counts from the peer', async () => {
    const { parseSettings } = await import('./settings.ts')
    const hops = await startHost({
      services: [scratchService(endpoints)],
      port: 0,
      address: '127.0.0.1',
      trustedProxies: parseSettings({ ...process.env, TRUSTED_PROXIES: '2' }).trustedProxies,
    })
    assert.equal((await ask(hops)).requestContext.http.sourceIp, '6.6.6.6')
    await hops.drain()
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

  test('gives no other origin anything', async () => {
    for (const origin of ['https://evil.example', 'null', 'https://shop.example.evil.example']) {
      const response = await ask(origin, 'POST')
      assert.equal(response.headers.get('access-control-allow-origin'), null, origin)
      assert.equal(response.headers.get('vary'), 'Origin')
    }
  })
})

describe('probes', () => {
  test('livez, readyz, metrics', async () => {
    assert.equal((await fetch(at('/livez'))).status, 200)
    const ready = await fetch(at('/readyz'))
    assert.equal(ready.status, 200)
    assert.equal(((await ready.json()) as { status: string }).status, 'ready')
    const text = await (await fetch(at('/metrics'))).text()
    assert.match(text, /^souk_requests_total\{function="souk-lab-hello",.*status="2xx"\} \d+$/m)
    assert.match(text, /^souk_request_duration_seconds_bucket\{.*le="\+Inf"\} \d+$/m)
    assert.match(text, /^process_resident_memory_bytes\{.*\} \d+$/m)
    assert.equal((await fetch(at('/livez'), { method: 'POST' })).status, 405)
  })

  test('readyz is 503 until `ready` has resolved once; its body tells of dependencies', async () => {
    let tries = 0
    let open = false
    const late = await startHost({
      services: [scratchService(endpoints)],
      port: 0,
      address: '127.0.0.1',
      ready: async () => {
        tries++
        if (!open) throw new Error('no database yet')
      },
      health: async () => ({ database: 'down', cache: 'memory' }),
      metrics: () => [{ name: 'souk_outbox_lag', help: 'Lag.', type: 'gauge', value: 3 }],
    })
    const url = `http://127.0.0.1:${late.port}`
    const starting = await fetch(`${url}/readyz`)
    assert.equal(starting.status, 503)
    assert.deepEqual(await starting.json(), {
      status: 'starting',
      database: 'down',
      cache: 'memory',
    })
    assert.equal((await fetch(`${url}/livez`)).status, 200)
    open = true
    await late.ready
    assert.ok(tries >= 2)
    assert.equal((await fetch(`${url}/readyz`)).status, 200)
    assert.match(await (await fetch(`${url}/metrics`)).text(), /^souk_outbox_lag\{.*\} 3$/m)
    await late.drain()
  })

  test('recent events only in debug, where errors carry the stack; secrets blanked', async () => {
    assert.equal((await fetch(at('/_/events'))).status, 404)
    const open = await startHost({
      services: [scratchService(endpoints)],
      port: 0,
      address: '127.0.0.1',
      debug: true,
    })
    const url = `http://127.0.0.1:${open.port}`
    const failed = (await (await fetch(`${url}/api/v1/rejects/`)).json()) as { stack: string }
    assert.match(failed.stack, /secret detail/)
    await fetch(`${url}/api/v1/hello/`, {
      method: 'POST',
      body: '{"password":"hunter2hunter2","n":1}',
      headers: {
        'content-type': 'application/json',
        'x-request-id': 'look',
        authorization: 'Bearer abc.def.ghi',
      },
    })
    const list = (await (await fetch(`${url}/_/events`)).json()) as { id: string }[]
    assert.equal(list[0]?.id, 'look')
    const text = await (await fetch(`${url}/_/events/look`)).text()
    assert.match(text, /souk-lab-write/)
    assert.doesNotMatch(text, /hunter2|abc\.def/)
    assert.equal((await fetch(`${url}/_/events/other`)).status, 404)
    await open.drain()
  })
})

test('a host with too much to do says so early', async () => {
  const hold = Promise.withResolvers<void>()
  const busy = await startHost({
    services: [
      scratchService({ hold: scratch('GET', '/hold/', () => hold.promise.then(() => 'ok')) }),
    ],
    port: 0,
    address: '127.0.0.1',
    limits: { maxInFlight: 2 },
  })
  const url = `http://127.0.0.1:${busy.port}/hold/`
  const statuses: number[] = []
  const all = Array.from({ length: 5 }, async () => {
    const response = await fetch(url)
    statuses.push(response.status)
    if (response.status === 503) assert.equal(response.headers.get('retry-after'), '1')
    // The three that are refused come first; then the two that hold their places may end.
    if (statuses.length === 3) hold.resolve()
  })
  await Promise.all(all)
  assert.deepEqual(statuses, [503, 503, 503, 200, 200])
  await busy.drain()
})
