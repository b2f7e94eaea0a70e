import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, beforeEach, test } from 'node:test'
import { until } from '../shared/testing/until.ts'
import { consulResolver } from './resolve-consul.ts'
import { dnsResolver } from './resolve-dns.ts'
import type { Resolver } from './resolver.ts'
import { fileSnapshots } from './snapshot.ts'

process.env.SECRET_KEY ??= randomBytes(48).toString('base64url')
process.env.LOGGING_LVL ??= 'ERROR'

type Asked = { index: string | null; wait: string | null; token: unknown; response: ServerResponse }

/** A Consul that answers what the test says, when it says so. */
let asked: Asked[]
let server: Server
let address: string
let opened: Resolver | undefined
const folder = mkdtempSync(join(tmpdir(), 'souk-snapshots-'))
after(() => rmSync(folder, { recursive: true }))

beforeEach(async () => {
  asked = []
  server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    const token = request.headers['x-consul-token']
    const [index, wait] = [searchParams.get('index'), searchParams.get('wait')]
    asked.push({ index, wait, token, response })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  opened?.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

test('lists instances, an empty address meaning the node; asks with the index it was given', async () => {
  const resolver = open({ token: 'secret' })
  const first = resolver.endpoints('product')
  await answer(7, ['10.0.0.2', '', '2001:db8::1'])
  assert.deepEqual(await first, [
    'http://10.0.0.2:80',
    'http://10.9.9.9:80',
    'http://[2001:db8::1]:80',
  ])
  const next = await query()
  assert.deepEqual([next.index, next.wait, next.token], ['7', '55s', 'secret'])
  assert.equal(resolver.state(), 'connected')
})

test('a change arrives; the same list stays the same array', async () => {
  const resolver = open()
  const first = resolver.endpoints('product')
  await answer(7, ['10.0.0.2'])
  const list = await first
  await answer(8, ['10.0.0.2'])
  assert.equal(await resolver.endpoints('product'), list)
  await answer(9, ['10.0.0.2', '10.0.0.3'])
  await until(async () => (await resolver.endpoints('product')).length === 2)
})

for (const [name, given] of [
  ['goes back', 3],
  ['is zero', 0],
] as const)
  test(`an index that ${name} means to ask anew`, async () => {
    void open().endpoints('product')
    await answer(7, ['10.0.0.2'])
    await answer(given, ['10.0.0.2'])
    const next = await query()
    assert.equal(next.index, null)
  })

test('after an error the index is dropped, and the list stays for ever', async () => {
  const resolver = open()
  const first = resolver.endpoints('product')
  await answer(7, ['10.0.0.2'])
  await first
  for (let round = 0; round < 3; round++) {
    const { response } = await query()
    if (round === 1) response.socket?.resetAndDestroy()
    else response.writeHead(500).end()
    await until(() => resolver.state() === 'lost')
    assert.deepEqual(await resolver.endpoints('product'), ['http://10.0.0.2:80'])
  }
  const next = await query()
  assert.equal(next.index, null)
})

test('an empty list is not believed at once, and not at all when instances come back', async () => {
  const resolver = open({ holdEmptyMs: 2_500 })
  const first = resolver.endpoints('product')
  await answer(7, ['10.0.0.2'])
  await first
  await answer(8, [])
  await query(false)
  assert.equal((await resolver.endpoints('product')).length, 1)
  await until(async () => (await resolver.endpoints('product')).length === 0)
  await answer(9, ['10.0.0.3'])
  await until(async () => (await resolver.endpoints('product'))[0] === 'http://10.0.0.3:80')
})

test('no Consul at the start: the snapshot, else the fallback', async () => {
  const snapshots = fileSnapshots(join(folder, randomUUID()))
  const first = open({ snapshots })
  const list = first.endpoints('product')
  await answer(7, ['10.0.0.2'])
  await list
  first.close()
  const nowhere = { address: '127.0.0.1:1', fallback: () => ['http://here:1'] }
  const second = open({ ...nowhere, snapshots })
  assert.deepEqual(await second.endpoints('product'), ['http://10.0.0.2:80'])
  assert.deepEqual(await second.endpoints('cart'), ['http://here:1'])
  second.close()
})

test('a snapshot that somebody changed counts for nothing', () => {
  const place = join(folder, randomUUID())
  const { read, write } = fileSnapshots(place)
  write('product', ['http://10.0.0.2:80'])
  assert.deepEqual(read('product'), ['http://10.0.0.2:80'])
  const file = join(place, 'product.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace('10.0.0.2', '10.6.6.6'))
  assert.deepEqual(read('product'), [])
  writeFileSync(file, '{')
  assert.deepEqual([read('product'), read('cart')], [[], []])
  fileSnapshots(join(file, 'below-a-file')).write('product', ['http://10.0.0.2:80'])
})

test('DNS: every address of the name is an instance; an unknown name leaves what was known', async () => {
  const resolver = dnsResolver(() => ['http://127.0.0.1:8002'])
  assert.ok((await resolver.endpoints('localhost')).includes('http://127.0.0.1:8002'))
  assert.equal(resolver.state(), 'connected')
  const unknown = dnsResolver(() => ['http://no-such-name.invalid:80'])
  assert.deepEqual(await unknown.endpoints('product'), [])
  assert.equal(unknown.state(), 'lost')
})

function open(more: Partial<Parameters<typeof consulResolver>[0]> = {}): Resolver {
  const snapshots = { read: () => [], write: () => undefined }
  opened = consulResolver({ address, snapshots, ...more })
  return opened
}

/** The query that waits for an answer; taken out of the line unless told otherwise. */
async function query(isTaken = true): Promise<Asked> {
  const next = await until(() => asked[0])
  if (isTaken) asked.shift()
  return next
}

async function answer(index: number, addresses: string[]): Promise<void> {
  const { response } = await query()
  const instances = addresses.map((Address) => ({
    Node: { Address: '10.9.9.9' },
    Service: { Address, Port: 80 },
  }))
  response.setHeader('x-consul-index', String(index)).end(JSON.stringify(instances))
}
