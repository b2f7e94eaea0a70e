import { id } from '../../shared/http/params.ts'
import { startHost } from '../../shared/runtime/host.ts'
import { scratch, scratchService } from '../../shared/runtime/lab/scratch.ts'

/** Our host alone: what `BENCH_FROM` answers, stored in memory, and nobody asked whether it is true. */
const answer = await fetch(process.env.BENCH_FROM ?? '')
const body = Buffer.from(await answer.arrayBuffer())
const own = new Set(['connection', 'keep-alive', 'date', 'transfer-encoding', 'server-timing'])
const headers = Object.fromEntries([...answer.headers].filter(([name]) => !own.has(name)))
const stored = { status: 200, headers, body, etag: headers.etag ?? '' }
const result = { statusCode: 200, headers: {}, body: '' }
const params = { id: id.integer }
const cache = { tags: () => [], seconds: 60 }
await startHost({
  port: Number(process.env.PORT),
  address: '127.0.0.1',
  services: [
    scratchService({
      getPage: scratch('GET', '/api/v1/page/{id}/', async () => result, { params, cache }),
    }),
  ],
  peek: () => stored,
  limits: { maxLagMs: 60_000 },
})
process.on('SIGTERM', () => process.exit(0))
