import { setTimeout as pause } from 'node:timers/promises'
import { runHost } from '../lifecycle.ts'
import { log } from '../log.ts'
import { scratch, scratchService } from './scratch.ts'

/** A service as a process of its own, for tests that end processes; takes `PORT` and `DRAIN`. */
const ok = async () => ({ statusCode: 200, body: String(process.pid) })

const endpoints = {
  ok: scratch('GET', '/ok/', ok),
  write: scratch('POST', '/ok/', ok),
  slow: scratch('GET', '/slow/', async (event) => {
    await pause(Number(event.queryStringParameters?.ms ?? 100))
    return { statusCode: 200, body: 'done' }
  }),
  large: scratch('GET', '/large/', async () => 'x'.repeat(5_000_000)),
  crash: scratch('GET', '/crash/', () => {
    setImmediate(() => {
      throw new Error('nobody catches this')
    })
    return new Promise(() => undefined)
  }),
  reject: scratch('GET', '/reject/', async () => {
    void pause(1).then(() => Promise.reject(new Error('nobody awaits this')))
    await pause(10_000)
  }),
  block: scratch('GET', '/block/', async () => {
    for (;;) Math.random()
  }),
  never: scratch(
    'GET',
    '/never/',
    async () => {
      log.info('asking the oracle')
      await new Promise(() => undefined)
    },
    { timeout: 0.3 },
  ),
  say: scratch('GET', '/say/', async (event) => {
    const word = event.queryStringParameters?.word ?? ''
    for (let line = 0; line < 4; line++) {
      log.info('said', { word, line })
      await pause(Math.random() * 5)
    }
    return { statusCode: 200, body: word }
  }),
}

await runHost({
  services: [scratchService(endpoints)],
  port: Number(process.env.PORT ?? 0),
  address: '127.0.0.1',
  drainSeconds: Number(process.env.DRAIN ?? 0),
  leave: async () => log.info('left'),
  stop: [() => log.info('stopped')],
  // Thousands at once on two shared cores are what these tests are about.
  limits: { maxInFlight: 5000, maxLagMs: 60_000 },
})
log.info('listening')
