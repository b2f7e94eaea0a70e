import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import * as z from 'zod'
import type { Stored } from '../data/cache.ts'
import { id } from '../http/params.ts'
import { type Host, startHost } from './host.ts'
import { scratch, scratchService } from './lab/scratch.ts'

const store = new Map<string, Stored>()
const served: Record<string, string>[] = []
let calls = 0
let asked = 0
let mode: 'now' | 'later' | 'broken' = 'now'
let host: Host

const page: Stored = {
  status: 200,
  headers: { 'content-type': 'application/json', etag: '"a1"', 'cache-control': 'public' },
  body: Buffer.from('{"kept":true}'),
  etag: '"a1"',
}

before(async () => {
  host = await startHost({
    port: 0,
    address: '127.0.0.1',
    services: [
      scratchService({
        getPage: scratch(
          'GET',
          '/api/v1/pages/{id}/',
          async () => {
            calls++
            return { statusCode: 200, body: 'made' }
          },
          {
            params: { id: id.integer },
            query: z.object({ limit: z.string().optional() }),
            cache: { tags: () => [], seconds: 60 },
            served: (params) => served.push(params),
          },
        ),
      }),
    ],
    peek: (_contract, key) => {
      asked++
      if (mode === 'broken') return Promise.reject(new Error('no database'))
      return mode === 'later' ? Promise.resolve(store.get(key)) : store.get(key)
    },
  })
})
after(() => host.drain())
beforeEach(() => {
  store.clear()
  served.length = 0
  calls = 0
  asked = 0
  mode = 'now'
})

const origin = () => `http://127.0.0.1:${host.port}`
const keep = () => store.set(`lab/get-page|${origin()}|/api/v1/pages/7/`, page)
const ask = (path: string, init: RequestInit = {}) => fetch(`${origin()}${path}`, init)

for (const how of ['now', 'later'] as const)
  describe(`a stored answer that comes ${how}`, () => {
    beforeEach(() => {
      mode = how
      keep()
    })

    test('is sent without a call, the first time and again', async () => {
      for (let round = 0; round < 3; round++) {
        const response = await ask('/api/v1/pages/7/')
        assert.equal(response.status, 200)
        assert.equal(await response.text(), '{"kept":true}')
        assert.equal(response.headers.get('etag'), '"a1"')
        assert.equal(response.headers.get('content-length'), '13')
        assert.match(response.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
        assert.match(response.headers.get('traceparent') ?? '', /^00-/)
        assert.equal(response.headers.get('server-timing'), 'cache;desc=hit')
      }
      assert.equal(calls, 0)
      assert.equal(asked, 3)
      assert.deepEqual(served, [{ id: '7' }, { id: '7' }, { id: '7' }])
    })

    test('is 304 for who has it: lists, weak tags, a star', async () => {
      for (const tag of ['"a1"', 'W/"a1"', '"x", "a1"', '*']) {
        const response = await ask('/api/v1/pages/7', { headers: { 'if-none-match': tag } })
        assert.equal(response.status, 304, tag)
        assert.equal(response.headers.get('content-type'), null)
        assert.equal(response.headers.get('etag'), '"a1"')
      }
      const other = await ask('/api/v1/pages/7', { headers: { 'if-none-match': '"b"' } })
      assert.equal(other.status, 200)
      assert.equal(calls, 0)
    })

    test('has no body for HEAD, and counts as no view', async () => {
      const response = await ask('/api/v1/pages/7/', { method: 'HEAD' })
      assert.equal(response.headers.get('content-length'), '13')
      assert.equal(await response.text(), '')
      assert.equal(served.length, 0)
    })

    test('is gone when the store says so', async () => {
      await ask('/api/v1/pages/7/')
      store.clear()
      asked = 0
      assert.equal(await (await ask('/api/v1/pages/7/')).text(), 'made')
      assert.equal(calls, 1)
      assert.equal(asked, 1)
    })
  })

test('a store that cannot tell leaves the answer to the function', async () => {
  keep()
  await ask('/api/v1/pages/7/')
  mode = 'broken'
  assert.equal(await (await ask('/api/v1/pages/7/')).text(), 'made')
})

test('an answer for another origin is not mixed up', async () => {
  store.set('lab/get-page|https://shop.example|/api/v1/pages/7/', page)
  const headers = { 'x-forwarded-host': 'shop.example', 'x-forwarded-proto': 'https' }
  assert.equal(await (await ask('/api/v1/pages/7/', { headers })).text(), '{"kept":true}')
  assert.equal(await (await ask('/api/v1/pages/7/')).text(), 'made')
})
