import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { allowing } from '../testing/until.ts'
import { type Host, startHost } from './host.ts'
import { scratch, scratchService, sendRaw, until, wire } from './lab/scratch.ts'
import { startThings, type Things } from './lab/things.ts'

let things: Things

before(async () => {
  things = await startThings()
})
after(() => things.host.drain())

describe('connections', () => {
  test('carry many requests, also before the first is answered', async () => {
    const all = Buffer.concat([
      wire('GET', '/api/thing/', [], '', false),
      wire('POST', '/api/thing/', [['Content-Type', 'text/plain']], 'four', false),
      wire('GET', '/nowhere/', [], '', false),
      wire('GET', '/api/names/x/'),
    ])
    const answers = await sendRaw(things.host.port, all)
    assert.deepEqual(
      answers.map((it) => it.status),
      [200, 200, 404, 200],
    )
    assert.equal(answers[1]?.body.toString(), '4')
  })

  test('are kept for 95 seconds', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number | undefined>()
    for (let round = 0; round < 3; round++)
      await new Promise<void>((resolve, reject) => {
        request({ agent, port: things.host.port, path: '/api/thing/' }, (response) => {
          ports.add(response.socket.localPort)
          assert.equal(response.headers['keep-alive'], 'timeout=95')
          response.resume().on('end', resolve)
        })
          .on('error', reject)
          .end()
      })
    assert.equal(ports.size, 1)
    agent.destroy()
  })

  test('that are slow to send their headers are cut, others are served meanwhile', async () => {
    const started = performance.now()
    const slow = Array.from({ length: 50 }, () =>
      sendRaw(things.host.port, 'GET /api/thing/ HTTP/1.1\r\nHo'),
    )
    assert.equal((await things.one(wire('GET', '/api/thing/')))?.status, 200)
    const answers = await Promise.all(slow)
    for (const [answer] of answers) assert.equal(answer?.status, 408)
    assert.ok(performance.now() - started < allowing(4000))
  })

  test('that are slow to send their body are cut', async () => {
    const [answer] = await sendRaw(
      things.host.port,
      'POST /api/thing/ HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nslow',
    )
    assert.equal(answer?.status, 408)
  })

  test('that do not take their answers are cut', async (t) => {
    const quick = await startHost({
      port: 0,
      address: '127.0.0.1',
      limits: { slowReadMs: 200 },
      services: [
        scratchService({
          large: scratch('GET', '/large/', async () => 'x'.repeat(50_000)),
        }),
      ],
    })
    t.after(() => quick.drain())
    const socket = takesNothing(quick.port, 300)
    t.after(() => socket.destroy())
    const count = () => connectionsTo(quick)
    await until('it is connected', async () => (await count()) === 1)
    await until('it is cut', async () => (await count()) === 0, 8000)
  })

  test('that together leave too much in our memory are cut, and others go on', async (t) => {
    const quick = await startHost({
      port: 0,
      address: '127.0.0.1',
      limits: { maxUntaken: 4 * 1024 * 1024 },
      services: [
        scratchService({
          large: scratch('GET', '/large/', async () => 'x'.repeat(1_000_000)),
          small: scratch('GET', '/small/', async () => 'y'),
        }),
      ],
    })
    const clients = Array.from({ length: 8 }, () => takesNothing(quick.port, 12))
    t.after(() => {
      for (const socket of clients) socket.destroy()
      return quick.drain()
    })
    const count = () => connectionsTo(quick)
    await until('they are connected', async () => (await count()) === 8)
    // Long before the time of any of them is over.
    await until('half of them are cut', async () => (await count()) <= 4, 6000)
    const [answer] = await sendRaw(quick.port, wire('GET', '/small/'))
    assert.equal(answer?.status, 200)
  })
})

/** A client that asks for `/large/` so many times at once, and takes no answer. */
function takesNothing(port: number, times: number): Socket {
  const asked = Array.from({ length: times }, () => wire('GET', '/large/', [], '', false))
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.pause()
  socket.write(Buffer.concat(asked))
  return socket
}

function connectionsTo({ server }: Host): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, n) => resolve(n)))
}
