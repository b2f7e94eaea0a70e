import assert from 'node:assert/strict'
import { id } from '../../http/params.ts'
import { startHost } from '../host.ts'
import { type Raw, scratch, scratchService, sendRaw } from './scratch.ts'

/** A host with short limits for tests of the transport; `calls` counts what reached a function. */
export async function startThings() {
  const seen = { calls: 0 }
  const counted = async () => {
    seen.calls++
    return { statusCode: 200, body: 'ok' }
  }
  const host = await startHost({
    port: 0,
    address: '127.0.0.1',
    limits: { headersMs: 300, requestMs: 600, slowReadMs: 500 },
    services: [
      scratchService({
        get: scratch('GET', '/api/thing/', counted),
        post: scratch('POST', '/api/thing/', async (event) => ({
          statusCode: 200,
          body: String(event.body?.length ?? 0),
        })),
        upload: scratch('POST', '/api/upload/', counted, {
          upload: { part: 'image', maxBytes: 2 * 1024 * 1024, fields: undefined as never },
        }),
        named: scratch(
          'GET',
          '/api/names/{name}/',
          async (event) => ({ statusCode: 200, body: JSON.stringify(event.pathParameters) }),
          { params: { name: id.text } },
        ),
      }),
    ],
  })
  const one = async (bytes: string | Buffer) => (await sendRaw(host.port, bytes))[0]
  return { host, seen, one }
}

export type Things = Awaited<ReturnType<typeof startThings>>

export function isProblem(answer: Raw | undefined, status: number, code: string): void {
  assert.equal(answer?.status, status, answer?.body.toString())
  assert.equal(answer.header('content-type'), 'application/problem+json')
  assert.equal(answer.header('x-content-type-options'), 'nosniff')
  assert.equal(JSON.parse(answer.body.toString()).code, code)
}
