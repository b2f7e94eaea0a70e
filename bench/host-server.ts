import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { securityHeaders } from '../shared/http/headers.ts'
import { scratch, scratchService } from '../shared/runtime/lab/scratch.ts'

/** One of the servers that `host.ts` compares, as a process of its own; tells its port and its CPU. */
const small = '{"id":7,"name":"Wireless headphones","price":"129.00"}'
const page = Buffer.from(JSON.stringify({ results: 'x'.repeat(8192 - 14) }))
const ids = {
  'x-request-id': '3f35d68a-162e-4798-bddf-40ee32135176',
  traceparent: '00-95189752380a245779e59f49e75147a1-14d96bf4faf11e38-01',
  'x-served-by': 'bench-12345',
}
const smallHeaders = {
  ...securityHeaders,
  'content-type': 'application/json',
  'cache-control': 'no-store',
}
const pageHeaders = {
  ...securityHeaders,
  'content-type': 'application/json',
  'cache-control': 'public, max-age=0, must-revalidate',
  etag: '"abcdefghijklmnopqrstuv"',
}

const variants: Record<string, () => Promise<number>> = {
  'bare small': () => bare(small, { ...smallHeaders, 'server-timing': 'total;dur=0.1' }),
  'bare 8 KB': () => bare(page, { ...pageHeaders, 'server-timing': 'cache;desc=hit' }),
  fastify,
  'host function': () => host(false),
  'host stored': () => host(false),
  'host stored, asked': () => host(true),
}

async function bare(body: string | Buffer, headers: Record<string, string>): Promise<number> {
  const lines = Object.entries({
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    ...ids,
  }).flat()
  const server = createServer({ keepAliveTimeout: 95_000, noDelay: true }, (_request, response) => {
    response.writeHead(200, lines)
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function fastify(): Promise<number> {
  const { fastify } = await import('fastify')
  const app = fastify({ keepAliveTimeout: 95_000 })
  app.get<{ Params: { id: string } }>('/api/v1/small/:id/', (_request, reply) =>
    reply.headers({ ...smallHeaders, ...ids, 'server-timing': 'total;dur=0.1' }).send(small),
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}

async function host(later: boolean): Promise<number> {
  const { startHost } = await import('../shared/runtime/host.ts')
  const { id } = await import('../shared/http/params.ts')
  const params = { id: id.integer }
  const result = { statusCode: 200, headers: smallHeaders, body: small }
  const stored = { status: 200, headers: pageHeaders, body: page, etag: pageHeaders.etag }
  const pending = Promise.resolve(stored)
  const running = await startHost({
    port: 0,
    address: '127.0.0.1',
    services: [
      scratchService({
        getSmall: scratch('GET', '/api/v1/small/{id}/', async () => result, { params }),
        getPage: scratch('GET', '/api/v1/page/{id}/', async () => result, {
          params,
          cache: { tags: () => [], seconds: 60 },
        }),
      }),
    ],
    peek: () => (later ? pending : stored),
    limits: { maxLagMs: 60_000 },
  })
  return running.port
}

const variant = process.argv[2] ?? ''
const port = await variants[variant]?.()
process.on('SIGINT', () => process.exit(0))
process.on('message', () => process.send?.({ cpu: process.cpuUsage() }))
process.send?.({ port })
