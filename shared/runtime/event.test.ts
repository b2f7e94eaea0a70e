import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { id } from '../http/params.ts'
import { type Parts, toEvent } from './event.ts'
import { type RequestVector, requests, results } from './event.vectors.ts'
import type { Host } from './host.ts'
import { startHost } from './host.ts'
import { scratch, scratchService, sendRaw, wire } from './lab/scratch.ts'
import { verify, verifyResult } from './lab/verify.ts'
import { fromResult } from './result.ts'

type Loose = Record<string, unknown>

function partsOf(vector: RequestVector): Parts {
  return {
    method: vector.method ?? 'GET',
    rawTarget: vector.target,
    rawHeaders: ['Host', 'shop.example', ...(vector.headers ?? []).flat()],
    body: vector.body === undefined ? undefined : Buffer.from(vector.body),
    sourceIp: '203.0.113.9',
    routeKey: `${vector.method ?? 'GET'} /capture/{value}/`,
    pathParameters: undefined,
    protocol: 'HTTP/1.1',
    requestId: 'JCJM3j95PHcEJHg=',
    now: Date.now(),
    ...vector.parts,
  }
}

describe('the event of a request, as AWS makes it', () => {
  for (const vector of requests)
    test(`${vector.rule}: ${vector.name}`, () => verify(vector, toEvent(partsOf(vector))))

  test('2: broken encoding is an error', () => {
    assert.throws(() => toEvent(partsOf({ rule: '2', name: '', target: '/a%zz' })), URIError)
  })

  test('there are enough of them', () => {
    assert.ok(requests.length + results.length >= 60, `${requests.length} + ${results.length}`)
  })
})

describe('the answer for a result, as AWS makes it', () => {
  for (const vector of results)
    test(`${vector.rule}: ${vector.name}`, () => {
      const got = fromResult(vector.result)
      verifyResult(vector, got)
      assert.equal(got.fault !== undefined, vector.status === 500)
      if (vector.status === 500)
        assert.equal(got.body.toString(), '{"message":"Internal Server Error"}')
    })

  test('16: a result that JSON cannot walk is told, not thrown', () => {
    const ring: Loose = {}
    ring.self = ring
    assert.match(fromResult(ring).fault ?? '', /not JSON/)
  })
})

describe('the same over a socket', () => {
  let host: Host
  before(async () => {
    const echo = async (event: unknown) => ({
      statusCode: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
    })
    const params = { value: id.text }
    host = await startHost({
      port: 0,
      address: '127.0.0.1',
      services: [
        scratchService({
          getCapture: scratch('GET', '/capture/{value}/', echo, { params }),
          postCapture: scratch('POST', '/capture/{value}/', echo, { params }),
          putCapture: scratch('PUT', '/capture/{value}/', echo, { params }),
          plain: scratch('GET', '/plain/', echo),
          give: scratch(
            'GET',
            '/give/{n}/',
            async (event) => results[Number(event.pathParameters?.n)]?.result,
            { params: { n: id.integer } },
          ),
        }),
      ],
    })
  })
  after(() => host.drain())

  for (const vector of requests.filter((it) => !it.pure))
    test(`${vector.rule}: ${vector.name}`, async () => {
      const { method = 'GET', target, headers, body } = vector
      const [answer] = await sendRaw(host.port, wire(method, target, headers, body))
      assert.equal(answer?.status, 200, answer?.body.toString())
      const event = JSON.parse(answer?.body.toString() ?? '')
      verify(vector, event)
      assert.match(event.requestContext.time, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/)
      assert.ok(Math.abs(event.requestContext.timeEpoch - Date.now()) < 60_000, 'milliseconds')
      assert.equal(event.requestContext.http.sourceIp, '127.0.0.1')
      assert.equal(event.requestContext.requestId, answer?.header('x-request-id'))
    })

  for (const [at, vector] of results.entries())
    test(`${vector.rule}: ${vector.name}`, async () => {
      const [answer] = await sendRaw(host.port, wire('GET', `/give/${at}`))
      assert.ok(answer)
      verifyResult(vector, answer)
      if (vector.status !== 500) return
      assert.equal(answer.header('content-type'), 'application/problem+json')
      assert.equal(JSON.parse(answer.body.toString()).code, 'internal')
    })

  test('12: every request has an id of its own', async () => {
    const twice = Buffer.concat([wire('GET', '/plain/', [], '', false), wire('GET', '/plain/')])
    const answers = await sendRaw(host.port, twice)
    const ids = answers.map((it) => JSON.parse(it.body.toString()).requestContext.requestId)
    assert.equal(new Set(ids).size, 2)
  })
})
