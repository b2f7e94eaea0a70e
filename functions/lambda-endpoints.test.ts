import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildService } from '../esbuild.config.mjs'
import { exampleCall } from '../shared/derive/example.ts'
import { sameShapes } from '../shared/derive/same-shapes.ts'
import type { Access, Contract } from '../shared/http/contract.ts'
import { errors } from '../shared/http/errors.ts'
import type { Endpoint, Service } from '../shared/http/service.ts'
import { signService, useKeys } from '../shared/http/tokens.ts'
import { type Host, startHost } from '../shared/runtime/host.ts'
import { prepare } from '../shared/runtime/invoke.ts'
import { fromResult } from '../shared/runtime/result.ts'
import { type TestDatabase, testDatabase } from '../shared/testing/database.ts'
import { startLambda } from '../shared/testing/lambda.ts'
import { localKeys } from './auth/keys.ts'
import { auth } from './auth/service.ts'
import { services } from './catalog.ts'
import { signIn } from './kit/person.ts'
import { product } from './product/service.ts'

// Every function of the template as Lambda would load it: its built entry, alone, under AWS's client.

/** Beside the libraries, so that those that are not bundled are found. */
const built = join(import.meta.dirname, '../node_modules/.cache', `souk-endpoints-${process.pid}`)
const databases = new Map<string, TestDatabase>()
const hosts: Host[] = []
const tokens = new Map<Access, string>()

before(async () => {
  process.env.LOGGING_LVL ??= 'ERROR'
  for (const { name } of services) databases.set(name, await testDatabase(name))
  for (const it of services) await buildService(it, join(built, it.name))
  useKeys(localKeys)
  for (const it of [auth, product])
    hosts.push(await startHost({ services: [it], port: 0, address: '127.0.0.1' }))
  const roles = { optional: 'customer', user: 'customer', staff: 'staff', superuser: 'superuser' }
  for (const [access, role] of Object.entries(roles))
    tokens.set(access as Access, (await signIn(role)).token)
})
after(async () => {
  for (const host of hosts) await host.drain()
  for (const database of databases.values()) await database.drop()
  rmSync(built, { recursive: true, force: true })
})

/** The example's event, with a token that this function takes. */
function exampleEvent(service: Service, contract: Contract, more: Record<string, string> = {}) {
  const { params, query, body, headers } = exampleCall(contract)
  const own = contract.path.replace(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(params[name] ?? ''),
  )
  const search = new URLSearchParams(query).toString()
  const token =
    contract.access === 'service' ? signService('auth', service.name) : tokens.get(contract.access)
  return prepare([service], {
    method: contract.method,
    target: `${own}${search && `?${search}`}`,
    headers: { ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}), ...more },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).event
}

function start(service: Service, handler: string, concurrency = 1) {
  return startLambda({
    concurrency,
    taskRoot: join(built, service.name),
    handler: `${handler}.handler`,
    environment: {
      DB_CONNECTION_STRING: databases.get(service.name)?.url ?? '',
      SECRET_KEY: process.env.SECRET_KEY ?? '',
      CHECK_REPLIES: 'true',
      LOGGING_LVL: 'ERROR',
      SERVICE_AUTH_URL: `http://127.0.0.1:${hosts[0]?.port}`,
      SERVICE_PRODUCT_URL: `http://127.0.0.1:${hosts[1]?.port}`,
    },
  })
}

/** Starts the function, calls it once with its example, ends it. */
async function callOnce(service: Service, handler: string, contract: Contract) {
  const lambda = await start(service, handler)
  try {
    return fromResult(await lambda.invoke(exampleEvent(service, contract)))
  } finally {
    await lambda.close()
  }
}

/** What an example may be answered on an empty shop: the good status, or a fault the contract names. */
function expected({ status, errors: named = [] }: Contract): number[] {
  return [status, ...named.map((it) => errors[it].status)]
}

for (const service of services as readonly Service[])
  test(`${service.name}: every endpoint alone answers its own example`, async () => {
    const good: string[] = []
    const rest = Object.values<Endpoint>(service.endpoints).map((it) => it.contract)
    const work = async () => {
      for (let it = rest.shift(); it; it = rest.shift()) {
        const { status, headers, body } = await callOnce(service, it.name, it)
        const where = `${it.service}/${it.name}: ${status} ${body.toString().slice(0, 300)}`
        assert.ok(expected(it).includes(status), where)
        assert.ok(new Map(headers).has('x-request-id'), where)
        if (status < 300) good.push(it.name)
      }
    }
    await Promise.all([work(), work()])
    console.log(`${service.name}: ${good.length} good answers: ${good.join(' ')}`)
  })

for (const service of services as readonly Service[])
  for (const { name, keys } of sameShapes(service))
    test(`${service.name}: ${name} answers for each`, async () => {
      for (const key of keys) {
        const contract = service.endpoints[key]?.contract
        assert.ok(contract)
        const alone = await callOnce(service, contract.name, contract)
        for (const handler of [name, 'lambda-rest']) {
          const chosen = await callOnce(service, handler, contract)
          assert.equal(chosen.status, alone.status)
          assert.equal(members(chosen.body), members(alone.body))
        }
      }
    })

for (const service of services as readonly Service[])
  test(`${service.name}: 64 at once, and each call gets its own answer`, async () => {
    const reads = Object.values<Endpoint>(service.endpoints).map((it) => it.contract)
    const contract = reads.find((it) => it.method === 'GET' && it.params && it.access !== 'service')
    const chosen = contract ?? reads.find((it) => it.method === 'GET' && it.access !== 'service')
    assert.ok(chosen)
    const lambda = await start(service, chosen.name, 64)
    try {
      const ids = Array.from({ length: 64 * 3 }, (_, at) => `call-${service.name}-${at}`)
      const answers = await Promise.all(
        ids.map((id) => lambda.invoke(exampleEvent(service, chosen, { 'x-request-id': id }))),
      )
      for (const [at, id] of ids.entries()) {
        const { status, headers, body } = fromResult(answers[at])
        const where: string = `${chosen.name} ${status} ${body.toString().slice(0, 200)}`
        assert.ok(expected(chosen).includes(status), where)
        assert.equal(new Map(headers).get('x-request-id'), id, where)
        if (status >= 400) assert.equal(JSON.parse(body.toString()).request_id, id, where)
      }
    } finally {
      await lambda.close()
    }
  })

/** The names of a document's members: what tells a list from a review, and a fault from both. */
function members(body: Buffer): string {
  return Object.keys(JSON.parse(body.toString())).join()
}
