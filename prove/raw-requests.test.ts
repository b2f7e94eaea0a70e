import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { after, before, test } from 'node:test'
import { product } from '../functions/product/service.ts'
import { type Gateway, startGateway } from '../gateway/gateway.ts'
import { amount, measured, randomOf, seedOf } from '../shared/testing/proof.ts'
import { openShop, type Shop } from '../shared/testing/shop.ts'
import { doubtful, internal, SMUGGLED } from './lab/raw-requests.vectors.ts'

const MUTATIONS = amount(20_000, 500)
const PATIENCE = 1_500

/** What the gateway sent to the instance behind it, as a lenient program reads it. */
type Heard = { url: string; from: unknown; id: unknown }
const heard: Heard[] = []
let instance: Server
let gateway: Gateway
let shop: Shop

before(async () => {
  shop = await openShop([product])
  instance = createServer(
    { insecureHTTPParser: true, requireHostHeader: false },
    (request, response) => {
      const { 'x-forwarded-for': from, 'x-request-id': id } = request.headers
      heard.push({ url: request.url ?? '', from, id })
      request.resume().on('end', () => response.end(`<${request.url}>`))
      request.on('error', () => undefined)
    },
  )
  instance.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A request whose client has gone is cut off, which is no other request.
    if (!/^(ECONNRESET|HPE_INVALID_EOF_STATE)$/.test(error.code ?? ''))
      heard.push({ url: `not HTTP: ${error.code}`, from: undefined, id: undefined })
    socket.destroy()
  })
  instance.listen(0, '127.0.0.1')
  await once(instance, 'listening')
  gateway = await startGateway({
    port: 0,
    address: '127.0.0.1',
    routes: [{ service: 'product', roots: ['/api/v1/products'], port: 8002 }],
    instances: () => [`http://127.0.0.1:${(instance.address() as AddressInfo).port}`],
  })
})
after(async () => {
  await gateway.close()
  instance.closeAllConnections()
  instance.close()
  await shop.close()
})

/** Statuses of all answers to these bytes on one connection, sent in these pieces. */
function send(port: number, pieces: readonly string[], patience = PATIENCE): Promise<number[]> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1')
    const timer = setTimeout(() => socket.destroy(), patience)
    let idle: NodeJS.Timeout | undefined
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      // What follows an answer follows at once, or not at all.
      clearTimeout(idle)
      idle = setTimeout(() => socket.destroy(), 100)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      clearTimeout(idle)
      resolve([...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((it) => Number(it[1])))
    })
    const next = (at: number) => {
      const piece = pieces[at]
      if (piece === undefined || socket.destroyed) return
      socket.write(piece, 'latin1', () => setImmediate(next, at + 1))
    }
    next(0)
  })
}

/** Everything that reaches an instance was said by the gateway, in its own words. */
function assertOnlyOurs(what: string) {
  for (const it of heard) {
    assert.match(String(it.id), /^[0-9a-f]{8}-[0-9a-f-]{27}$/, `${what}: ${JSON.stringify(it)}`)
    assert.equal(it.from, '127.0.0.1', `${what}: ${JSON.stringify(it)}`)
    assert.match(it.url, /^\/api\/v1\/products(?:\/|\?|$)/, what)
  }
}

/** Others that use the same connections to the instance get what they asked for. */
async function assertOthersGetTheirOwn(what: string) {
  const asked = Array.from({ length: 4 }, (_, at) => `/api/v1/products/?other=${at}`)
  const got = await Promise.all(
    asked.map(async (it) => (await fetch(`http://127.0.0.1:${gateway.port}${it}`)).text()),
  )
  assert.deepEqual(
    got,
    asked.map((it) => `<${it}>`),
    what,
  )
}

test(`${Object.keys(doubtful).length} doubtful requests through the gateway: nothing is smuggled, nobody else is answered wrongly`, async (t) => {
  for (const [what, bytes] of Object.entries(doubtful)) {
    heard.length = 0
    const statuses = await send(gateway.port, [bytes])
    assertOnlyOurs(what)
    assert.ok(
      statuses.every((it) => it < 500),
      `${what}: ${statuses}`,
    )
    await assertOthersGetTheirOwn(what)
  }
  measured(t, `${Object.keys(doubtful).length} requests: 0 smuggled, 0 reached what is ours alone`)
})

test('the same at a service itself: none is an error of ours, and none does more than it says', async () => {
  const { port } = new URL(shop.url('host', 'product'))
  for (const [what, bytes] of Object.entries(doubtful)) {
    const statuses = await send(Number(port), [bytes])
    assert.ok(
      statuses.every((it) => it < 500),
      `${what}: ${statuses}`,
    )
    // A POST without a caller is refused, whatever is in it.
    if (bytes.startsWith('POST')) assert.ok(!(statuses[0] === 200 || statuses[0] === 201), what)
  }
  for (const path of internal.filter((it) => it.includes('internal'))) {
    const [status = 0] = await send(Number(port), [
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}`,
    ])
    assert.ok([400, 401, 404, 405].includes(status), `${path}: ${status}`)
  }
})

test(`${MUTATIONS} requests changed at random, in random pieces: the same`, async (t) => {
  const random = randomOf(seedOf(t))
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T
  const sources = [...Object.values(doubtful), SMUGGLED, SMUGGLED.repeat(3)]
  const marks = [
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    ' ',
    '\t',
    ':',
    '\0',
    '0',
    '5',
    ',',
    ';',
    '\x0b',
    '\xff',
    'chunked',
    'Content-Length: 7\r\n',
    'Transfer-Encoding: chunked\r\n',
    SMUGGLED,
  ]
  const mutate = (text: string) => {
    const at = Math.floor(random() * text.length)
    const cut = Math.floor(random() ** 3 * 12)
    return text.slice(0, at) + (random() < 0.7 ? pick(marks) : '') + text.slice(at + cut)
  }
  let sent = 0
  const one = async () => {
    while (sent < MUTATIONS) {
      sent++
      let bytes = pick(sources)
      for (let times = 1 + Math.floor(random() * 4); times > 0; times--) bytes = mutate(bytes)
      const cuts = Array.from({ length: Math.floor(random() * 3) }, () =>
        Math.floor(random() * bytes.length),
      ).sort((a, b) => a - b)
      const pieces = [0, ...cuts].map((from, at) => bytes.slice(from, cuts[at] ?? bytes.length))
      const statuses = await send(gateway.port, pieces.filter(Boolean), 300)
      assert.ok(
        statuses.every((it) => it < 500),
        `${statuses} to ${JSON.stringify(bytes)}`,
      )
    }
  }
  heard.length = 0
  await Promise.all(Array.from({ length: 32 }, one))
  assertOnlyOurs('mutations')
  await assertOthersGetTheirOwn('after all of them')
  measured(t, `${MUTATIONS} mutations, ${heard.length} passed on: 0 smuggled`)
})
