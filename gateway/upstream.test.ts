import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { until } from '../shared/testing/until.ts'
import { type Call, Upstream } from './upstream.ts'

const LARGE = 1_000_000

let instance: Server
let upstream: Upstream
const sockets = new Set<Socket>()

before(async () => {
  instance = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => {
      const length = bytes.toString().includes('/large') ? LARGE : 2
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(length)}`)
    })
  })
  instance.listen(0, '127.0.0.1')
  await once(instance, 'listening')
  upstream = new Upstream(`http://127.0.0.1:${(instance.address() as AddressInfo).port}`)
})

after(() => {
  upstream.destroy()
  for (const socket of sockets) socket.destroy()
  instance.close()
})

type Told = { call: Call; bytes: number; end: string; isStuck: boolean }

/** Asks for `path`; who is slow takes one part of the answer and no more until its call resumes. */
function ask(path: string, isSlow: boolean): Told {
  const told: Told = { call: undefined as never, bytes: 0, end: '', isStuck: false }
  told.call = upstream.ask({
    head: `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`,
    isBodiless: false,
    receiver: {
      head: () => undefined,
      data: (chunk) => {
        told.bytes += chunk.length
        told.isStuck = isSlow
        return !isSlow
      },
      flush: () => undefined,
      end: (chunk) => {
        told.bytes += chunk?.length ?? 0
        told.end = 'whole'
      },
      failed: () => {
        told.end = 'failed'
      },
      cut: () => {
        told.end = 'cut'
        told.call.abort()
      },
    },
  })
  return told
}

test('who takes no more keeps nobody waiting, and is cut when there are too many such', async () => {
  const slow = Array.from({ length: 300 }, () => ask('/large', true))
  await until(() => slow.every((it) => it.isStuck))
  const quick = ask('/small', false)
  await until(() => quick.end === 'whole')
  assert.ok(slow.every((it) => it.end === ''))
  // One that goes on is no longer among those that may be cut, and gets all of its answer.
  const [first] = slow
  const goesOn = setInterval(() => first?.call.resume(), 1)
  await until(() => first?.end === 'whole').finally(() => clearInterval(goesOn))
  assert.equal(first?.bytes, LARGE)
  const more = Array.from({ length: 300 }, () => ask('/large', true))
  await until(() => more.every((it) => it.isStuck))
  const cut = slow.findLastIndex((it) => it.end === 'cut')
  assert.ok(cut > 50 && slow.slice(1, cut).every((it) => it.end === 'cut'), `${cut} were cut`)
  assert.ok(more.every((it) => it.end === ''))
  assert.ok(sockets.size <= 513)
  for (const { call } of [...slow, ...more]) call.abort()
})
