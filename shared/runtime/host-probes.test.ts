import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Host, startHost } from './host.ts'
import { scratch, scratchService } from './lab/scratch.ts'

const endpoints = {
  hello: scratch('GET', '/api/v1/hello/', async () => ({ statusCode: 200, body: 'hello' })),
  write: scratch('POST', '/api/v1/hello/', async () => ({ statusCode: 201, body: '{}' })),
  rejects: scratch('GET', '/api/v1/rejects/', () => Promise.reject(new Error('secret detail'))),
}

let host: Host
const at = (path: string) => `http://127.0.0.1:${host.port}${path}`

before(async () => {
  host = await startHost({ services: [scratchService(endpoints)], port: 0, address: '127.0.0.1' })
  await host.ready
})
after(() => host.drain())

describe('probes', () => {
  test('livez, readyz, metrics', async () => {
    assert.equal((await fetch(at('/livez'))).status, 200)
    await fetch(at('/api/v1/hello/'))
    const ready = await fetch(at('/readyz'))
    assert.equal(ready.status, 200)
    assert.equal(((await ready.json()) as { status: string }).status, 'ready')
    const text = await (await fetch(at('/metrics'))).text()
    assert.match(text, /^souk_requests_total\{function="souk-lab-hello",.*status="2xx"\} \d+$/m)
    assert.match(text, /^souk_request_duration_seconds_bucket\{.*le="\+Inf"\} \d+$/m)
    assert.match(text, /^process_resident_memory_bytes\{.*\} \d+$/m)
    assert.equal((await fetch(at('/livez'), { method: 'POST' })).status, 405)
  })

  test('readyz is 503 until `ready` has resolved once; its body tells of dependencies', async (t) => {
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
    t.after(() => late.drain())
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
  })

  test('the documentation it was given is served beside the API', async (t) => {
    const documented = await startHost({
      services: [scratchService(endpoints)],
      port: 0,
      address: '127.0.0.1',
      docs: async (_method, path) => ({
        status: 200,
        headers: { 'x-path': path },
        body: Buffer.from('doc'),
      }),
    })
    t.after(() => documented.drain())
    const page = await fetch(`http://127.0.0.1:${documented.port}/api/schema/`)
    assert.equal(page.headers.get('x-path'), '/api/schema/')
    assert.equal(await page.text(), 'doc')
    assert.equal((await fetch(at('/api/schema/'))).status, 404)
  })

  test('recent events only in debug, where errors carry the stack; secrets blanked', async (t) => {
    assert.equal((await fetch(at('/_/events'))).status, 404)
    const open = await startHost({
      services: [scratchService(endpoints)],
      port: 0,
      address: '127.0.0.1',
      debug: true,
    })
    t.after(() => open.drain())
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
    const far = await fetch(`${url}/_/events`, { headers: { 'x-forwarded-for': '198.51.100.7' } })
    assert.equal(far.status, 404)
  })
})
