/** serverless-offline with one function: `BENCH_HANDLER` of `BENCH_FOLDER`, at `BENCH_PATH`. */
import { offline } from './offline.mjs'

const { BENCH_FOLDER, BENCH_HANDLER, BENCH_PATH, BENCH_IN_PROCESS, LAMBDA_PORT, PORT } = process.env
const events = [{ httpApi: { method: 'GET', path: BENCH_PATH } }]
await offline({
  folder: BENCH_FOLDER,
  // Its default is 6 s; a first call that loads a bundle in fifty threads at once takes longer.
  functions: { one: { name: 'one', handler: BENCH_HANDLER, events, timeout: 29 } },
  port: Number(PORT),
  lambdaPort: Number(LAMBDA_PORT),
  inProcess: BENCH_IN_PROCESS === 'true',
})
process.on('SIGTERM', () => process.exit(0))
