import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Context } from 'aws-lambda'
import type { Host } from './host.ts'
import { scratch, scratchService } from './lab/scratch.ts'

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

for (const [name, limits, waiting] of [
  ['too much to do', { maxInFlight: 2 }, 0],
  ['a little to do that waits for its database', { maxWhileWaiting: 2 }, 1],
] as const)
  test(`a host with ${name} says so early`, async (t) => {
    const hold = Promise.withResolvers<void>()
    const busy = await startHost({
      services: [
        scratchService({ hold: scratch('GET', '/hold/', () => hold.promise.then(() => 'ok')) }),
      ],
      port: 0,
      address: '127.0.0.1',
      waiting: () => waiting,
      limits,
    })
    t.after(() => busy.drain())
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
  })
