import { startHost } from '../../shared/runtime/host.ts'
import { scratch, scratchService } from '../../shared/runtime/lab/scratch.ts'
import { handler } from './fixed.mjs'

/** Our host with the function of a fixed answer, called for each request. */
await startHost({
  port: Number(process.env.PORT),
  address: '127.0.0.1',
  services: [scratchService({ getFixed: scratch('GET', '/api/v1/fixed/', handler) })],
  limits: { maxLagMs: 60_000 },
})
process.on('SIGTERM', () => process.exit(0))
