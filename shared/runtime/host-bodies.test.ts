import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { sendRaw, until, wire } from './lab/scratch.ts'
import { isProblem, startThings, type Things } from './lab/things.ts'

let things: Things

before(async () => {
  things = await startThings()
})
after(() => things.host.drain())

describe('bodies', () => {
  const mega = 1024 * 1024

  test('1 MB passes, a byte more is 413, announced or not', async () => {
    const full = await things.one(
      wire('POST', '/api/thing/', [['Content-Type', 'text/plain']], 'x'.repeat(mega)),
    )
    assert.equal(full?.body.toString(), String(mega))
    isProblem(
      await things.one(wire('POST', '/api/thing/', [], 'x'.repeat(mega + 1))),
      413,
      'payload_too_large',
    )
    const chunk = `${(mega + 1).toString(16)}\r\n${'x'.repeat(mega + 1)}\r\n0\r\n\r\n`
    const chunked = wire('POST', '/api/thing/', [['Transfer-Encoding', 'chunked']])
    isProblem(
      await things.one(Buffer.concat([chunked, Buffer.from(chunk)])),
      413,
      'payload_too_large',
    )
  })

  test('an upload has a limit of its own', async () => {
    assert.equal(
      (await things.one(wire('POST', '/api/upload/', [], 'x'.repeat(mega * 2))))?.status,
      200,
    )
    const over = await things.one(wire('POST', '/api/upload/', [], 'x'.repeat(mega * 2 + 1)))
    isProblem(over, 413, 'payload_too_large')
  })

  test('one announced as too large is refused before it is sent; 100 comes only when it may', async () => {
    const refused = await sendRaw(
      things.host.port,
      `POST /api/thing/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${mega * 9}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
    )
    assert.deepEqual(
      refused.map((it) => it.status),
      [413],
    )
    const taken = await sendRaw(
      things.host.port,
      wire(
        'POST',
        '/api/thing/',
        [
          ['Expect', '100-continue'],
          ['Content-Type', 'text/plain'],
        ],
        'abc',
      ),
    )
    assert.deepEqual(
      taken.map((it) => it.status),
      [100, 200],
    )
  })

  test('an endless one is cut, and does not fill the memory', async () => {
    const before = process.memoryUsage().rss
    const socket = connect(things.host.port, '127.0.0.1')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.on('error', () => undefined).resume()
    socket.write('POST /api/thing/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const pump = () => {
      while (!socket.destroyed && socket.write(chunk)) if (socket.bytesWritten > 3e9) return
    }
    socket.on('drain', pump)
    pump()
    await closed
    assert.ok(process.memoryUsage().rss - before < 200e6)
  })

  test('a client that goes away in the middle harms nobody', async () => {
    const socket = connect(things.host.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('POST /api/thing/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf', () =>
      socket.destroy(),
    )
    await until('nothing is in flight', async () => {
      const text = await (await fetch(`http://127.0.0.1:${things.host.port}/metrics`)).text()
      return /^souk_requests_in_flight\{function="souk-lab-post".*\} 0$/m.test(text)
    })
  })
})
