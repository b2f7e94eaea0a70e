import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { startConsul, type TestConsul } from '../shared/testing/consul.ts'
import { allowing, until } from '../shared/testing/until.ts'
import { type Leave, register } from './registrar.ts'
import { consulResolver } from './resolve-consul.ts'
import type { Resolver } from './resolver.ts'

const TOKEN = '00000000-0000-4000-8000-000000000001'
const acl = { enabled: true, default_policy: 'deny', tokens: { master: TOKEN, agent: TOKEN } }
const tags = ['traefik.enable=true', 'x=`/a(/|$)`']
const servers: Server[] = []
const leaves: Leave[] = []
let consul: TestConsul
let resolver: Resolver
let port: number

before(async () => {
  consul = await startConsul({ acl })
  Object.assign(process.env, {
    SECRET_KEY: randomBytes(48).toString('base64url'),
    LOGGING_LVL: 'ERROR',
    CONSUL_HTTP_ADDR: consul.address,
    CONSUL_HTTP_TOKEN: TOKEN,
  })
  const snapshots = { read: () => [], write: () => undefined }
  resolver = consulResolver({ address: consul.address, token: TOKEN, snapshots, holdEmptyMs: 200 })
  port = await serve()
})
after(async () => {
  resolver.close()
  await Promise.all(leaves.map((leave) => leave()))
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await consul.close()
})

test('an instance is found as soon as it registers, by the address that Consul sees', async () => {
  join(port)
  await until(async () => (await list()).includes(`http://127.0.0.1:${port}`), 20)
  const [first] = Object.values(await agent('/v1/agent/services'))
  assert.deepEqual(first?.Tags, tags)
  assert.match(first?.ID ?? '', /^product-.+-[0-9a-f]{8}$/)
})

test('who starts again where another was killed takes its place', async () => {
  const place = await serve()
  const dead = { id: 'product-dead', name: 'product', address: '127.0.0.1', port: place }
  await fetch(`http://${consul.address}/v1/agent/service/register`, {
    method: 'PUT',
    headers: { 'x-consul-token': TOKEN },
    body: JSON.stringify(dead),
  })
  assert.ok('product-dead' in (await agent('/v1/agent/services')))
  const leave = join(place)
  await until(async () => !('product-dead' in (await agent('/v1/agent/services'))), 20)
  const others = Object.values(await agent('/v1/agent/services')).map(({ Port }) => Port)
  assert.deepEqual(others.sort(), [port, place].sort())
  await leave()
})

test('replicas on one machine have ids of their own; who leaves is gone at once', async () => {
  const other = await serve()
  const leave = join(other)
  await until(async () => (await list()).length === 2, 20)
  await leave()
  assert.equal(Object.keys(await agent('/v1/agent/services')).length, 1)
  await until(async () => (await list()).length === 1)
  await leave()
})

test('an instance that does not answer is left out from the first look on, and not before', async () => {
  const hung = await serve(() => undefined)
  const leave = join(hung)
  // It never passes a check, and fails the first one two seconds after that has begun.
  await until(async () => (await list()).includes(`http://127.0.0.1:${hung}`))
  await until(async () => (await list()).length === 1, 20)
  assert.deepEqual(await list(), [`http://127.0.0.1:${port}`])
  await leave()
})

test('Consul gone: the last list; Consul back with nothing remembered: registered again', async () => {
  await consul.kill()
  await until(() => resolver.state() === 'lost', 10)
  assert.deepEqual(await list(), [`http://127.0.0.1:${port}`])
  await consul.restart()
  await until(async () => Object.keys(await agent('/v1/agent/services')).length === 1, 20)
  await until(() => resolver.state() === 'connected', 20)
  assert.deepEqual(await list(), [`http://127.0.0.1:${port}`])
})

test('with Consul gone a service starts and leaves without waiting for it', async () => {
  await consul.kill()
  const started = performance.now()
  const leave = join(port)
  await leave()
  assert.ok(performance.now() - started < allowing(2_000))
  await consul.restart()
})

function join(at: number): Leave {
  const leave = register({ service: 'product', port: at, tags, everyMs: 200 })
  leaves.push(leave)
  return leave
}

function list() {
  return resolver.endpoints('product')
}

async function agent(
  path: string,
): Promise<Record<string, { ID: string; Port: number; Tags: string[] }>> {
  const headers = { 'x-consul-token': TOKEN }
  const answer = await fetch(`http://${consul.address}${path}`, { headers }).catch(() => undefined)
  return answer?.ok ? ((await answer.json()) as Awaited<ReturnType<typeof agent>>) : {}
}

/** A service, ready unless told otherwise; its port. */
async function serve(answer: RequestListener = isReady): Promise<number> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  return (server.address() as AddressInfo).port
}

function isReady(request: IncomingMessage, response: ServerResponse) {
  response.writeHead(request.url === '/readyz' ? 200 : 404).end()
}
