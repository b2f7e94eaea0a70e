import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { cart } from '../functions/cart/service.ts'
import { amount, badOnes, measured } from '../shared/testing/proof.ts'
import { residentMb } from '../shared/testing/resident.ts'
import { openShop, type Shop } from '../shared/testing/shop.ts'
import { type Doors, openDoors } from './lab/doors.ts'
import { startReads } from './lab/reads.ts'

const MB = 1024 * 1024
const ENDLESS = amount(1024, 64) * MB
const ROUNDS = amount(10, 1)
/** Of each process: V8 lets some 64 MB of buffers go before it collects them. */
const GROWTH_MB = 100
const path = '/api/v1/cart/add/'

/** Bodies within the limit of a megabyte, but one. */
const bodies: Record<string, { status: number; text: () => string }> = {
  'a byte too many': { status: 413, text: () => `"${'x'.repeat(MB - 1)}"` },
  'a thing within a thing, 50,000 times': { status: 400, text: () => '{"a":'.repeat(50_000) },
  'a list within a list, 50,000 times, closed': {
    status: 400,
    text: () => `{"product_id":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
  },
  '10,000 keys': {
    status: 400,
    text: () =>
      JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`k${at}`, at]))),
  },
  'one key 50,000 times': {
    status: 400,
    text: () => `{${'"product_id":"x",'.repeat(50_000)}"product_id":"x"}`,
  },
  'a number of a million digits': { status: 400, text: () => `{"product_id":${'9'.repeat(1e6)}}` },
  'a fraction of a million digits': {
    status: 400,
    text: () => `{"product_id":1.${'3'.repeat(1e6)}}`,
  },
  'a text of a million letters': { status: 400, text: () => `{"product_id":"${'x'.repeat(1e6)}"}` },
  'half a million entries': {
    status: 400,
    text: () => `{"product_id":[${'1,'.repeat(500_000)}1]}`,
  },
}

let shop: Shop
let doors: Doors

before(async () => {
  shop = await openShop([cart])
  doors = await openDoors('cart', {
    DATABASE_URL_CART: shop.db('cart').pool().options.connectionString ?? '',
    SERVICE_AUTH_URL: 'http://127.0.0.1:1',
    SERVICE_PRODUCT_URL: 'http://127.0.0.1:1',
    LOGGING_LVL: 'ERROR',
  })
})
after(async () => {
  await doors.close()
  await shop.close()
})

/** The most that the two processes hold, from now until asked. */
function watchMemory(): () => number {
  const pids = [doors.at.direct.pid, doors.at.gateway.pid]
  const start = pids.map((it) => residentMb(it))
  let most = 0
  const look = () => {
    for (const [at, pid] of pids.entries())
      most = Math.max(most, residentMb(pid) - (start[at] ?? 0))
  }
  const timer = setInterval(look, 20)
  return () => {
    clearInterval(timer)
    look()
    return most
  }
}

const send = async (port: number, body: string) => {
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body })
  return { status: reply.status, size: (await reply.text()).length }
}

for (const door of ['direct', 'gateway'] as const) {
  test(`${door}: ${Object.keys(bodies).length} bodies too large, too deep, too many are refused, and cost little`, async (t) => {
    const { port } = doors.at[door]
    const all = Object.entries(bodies).map(([what, it]) => ({ what, ...it, text: it.text() }))
    // Once before, so that what is measured is what stays.
    for (const { text } of all) await send(port, text)
    const most = watchMemory()
    let [longest, largest] = [0, 0]
    for (let round = 0; round < ROUNDS; round++)
      for (const { what, status, text } of all) {
        const began = performance.now()
        const reply = await send(port, text)
        longest = Math.max(longest, performance.now() - began)
        largest = Math.max(largest, reply.size)
        assert.equal(reply.status, status, what)
      }
    const grown = most()
    assert.ok(grown < GROWTH_MB, `${grown} MB more`)
    assert.ok(largest < MB, `an answer of ${largest} characters`)
    measured(
      t,
      `${door}: ${all.length * ROUNDS} bodies refused, the slowest after ${longest.toFixed(0)} ms, ${grown.toFixed(0)} MB more at most`,
    )
  })

  test(`${door}: a body of ${ENDLESS / MB} MB in chunks is refused, others are served, memory stays`, async (t) => {
    const { port } = doors.at[door]
    const reads = startReads(50, () => ({ url: `http://127.0.0.1:${port}`, path: '/api/v1/cart/' }))
    const most = watchMemory()
    const { status, sent } = await sendForEver(port)
    const grown = most()
    await reads.stop()
    assert.equal(status, 413)
    assert.deepEqual(badOnes(reads.answers).slice(0, 3), [])
    assert.ok(grown < GROWTH_MB, `${grown} MB more`)
    measured(
      t,
      `${door}: 413 after ${(sent / MB).toFixed(0)} MB, ${grown.toFixed(0)} MB more at most`,
    )
  })
}

/** Sends chunks until it is cut or all is sent; the status that came. */
function sendForEver(port: number): Promise<{ status: number; sent: number }> {
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1')
    socket.on('data', (data) => {
      text += data.toString('latin1')
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
      resolve({ status, sent: socket.bytesWritten })
    })
    const pump = () => {
      while (!socket.destroyed)
        if (socket.bytesWritten > ENDLESS) return void socket.end('0\r\n\r\n')
        else if (!socket.write(chunk)) return
    }
    socket.on('drain', pump)
    socket.write(head)
    pump()
  })
}
