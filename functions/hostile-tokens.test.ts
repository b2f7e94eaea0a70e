import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { jwtVerify } from 'jose'
import type { Service } from '../shared/http/service.ts'
import { signService } from '../shared/http/tokens.ts'
import { invoke } from '../shared/runtime/invoke.ts'
import {
  type GoodToken,
  type HostileToken,
  hostileServiceTokens,
  hostileTokens,
} from '../shared/testing/hostile-tokens.ts'
import { keyRing } from './auth/keys.ts'
import { type House, openHouse, type Person } from './auth/testing/house.ts'
import { services } from './catalog.ts'

let house: House
let root: Person
let good: GoodToken

before(async () => {
  house = await openHouse(services.filter((it) => it.name !== 'auth'))
  root = await house.guest({ staff: true, superuser: true })
  const { signing, byKid } = await keyRing()
  const publicKey = byKid.get(signing.kid)
  assert.ok(publicKey)
  good = { token: root.access, kid: signing.kid, privateKey: signing.key, publicKey }
})
after(() => house.shop.close())

/** Ids that may or may not exist: nobody gets as far as that. */
const target = (path: string) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) =>
    /^(id|product_id)$/.test(name) && !path.includes('/users/')
      ? '1'
      : '0197c000-0000-7000-8000-000000000001',
  )

async function refusals(service: Service, method: string, path: string, tokens: HostileToken[]) {
  for (const { name, token } of tokens) {
    const headers = { host: 'localhost', authorization: `Bearer ${token}` }
    const reply = await invoke([service], { method, target: target(path), headers })
    const what = `${method} ${path} with ${name}: ${reply.status}`
    assert.equal(reply.status, 401, what)
    assert.equal(JSON.parse(reply.body.toString()).code, 'unauthenticated', what)
    assert.match(new Headers(reply.headers).get('www-authenticate') ?? '', /^Bearer /, what)
  }
}

test('the token that they are made from is good, jose says so too', async () => {
  const options = { issuer: 'souk', audience: 'souk', typ: 'at+jwt', algorithms: ['ES256'] }
  assert.equal((await jwtVerify(good.token, good.publicKey, options)).payload.sub, root.id)
  assert.equal((await house.call('GET', '/api/v1/users/', { as: root })).status, 200)
})

for (const service of services as readonly Service[]) {
  const contracts = Object.values(service.endpoints).map((it) => it.contract)

  test(`${service.name}: takes no hostile token from a user`, async () => {
    const asking = contracts.filter((it) => !['anyone', 'service'].includes(it.access))
    assert.ok(asking.length > 0)
    const tokens = [
      ...hostileTokens(good),
      { name: 'a good service token', token: signService('cart', service.name) },
      { name: 'a refresh token', token: root.refresh },
    ]
    assert.ok(tokens.length >= 60)
    for (const { method, path } of asking) await refusals(service, method, path, tokens)
  })

  test(`${service.name}: takes no hostile token from a service`, async () => {
    const internal = contracts.filter((it) => it.access === 'service')
    const tokens = hostileServiceTokens(good, service.name)
    for (const { method, path } of internal) {
      assert.match(path, /^\/internal\/v1\//)
      await refusals(service, method, path, tokens)
    }
  })

  test(`${service.name}: takes no other way to say who one is`, async () => {
    const { method, path } = contracts.find((it) => it.access === 'user') ?? {}
    const asking = contracts.find((it) => ['optional', 'staff'].includes(it.access))
    const at = {
      method: method ?? asking?.method ?? '',
      target: target(path ?? asking?.path ?? ''),
    }
    for (const authorization of [
      `Basic ${Buffer.from(`${root.email}:${root.password}`).toString('base64')}`,
      `Token ${good.token}`,
      `Bearer ${good.token} ${good.token}`,
      `Bearer ${good.token},Bearer ${good.token}`,
      `Bearer "${good.token}"`,
      'Bearer',
      'Bearer ',
      good.token,
    ]) {
      const headers = { host: 'localhost', authorization }
      const reply = await invoke([service], { ...at, headers })
      assert.equal(reply.status, 401, authorization.slice(0, 20))
    }
    for (const header of ['x-user-id', 'x-user', 'x-forwarded-user', 'cookie']) {
      const headers = { host: 'localhost', [header]: `access=${good.token}; id=${root.id}` }
      const reply = await invoke([service], { ...at, headers })
      if (asking === undefined || method) assert.equal(reply.status, 401, header)
    }
  })
}
