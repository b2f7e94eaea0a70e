import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { seal } from '../shared/http/secrets.ts'
import type { KeySource } from '../shared/http/tokens.ts'
import { until } from '../shared/testing/until.ts'
import { remoteKeys } from './keys.ts'

/** An auth service that answers what the test says. */
let auth: Server
let asked = 0
let answer: (response: ServerResponse) => void

before(async () => {
  auth = createServer((request, response) => {
    asked++
    assert.equal(request.url, '/.well-known/jwks.json')
    assert.equal(request.headers.host, 'localhost')
    answer(response)
  })
  await new Promise<void>((resolve) => auth.listen(0, '127.0.0.1', resolve))
  process.env.SECRET_KEY = randomBytes(48).toString('base64url')
  process.env.LOGGING_LVL = 'ERROR'
  process.env.SERVICE_AUTH_URL = `http://127.0.0.1:${(auth.address() as AddressInfo).port}`
})
after(() => {
  auth.closeAllConnections()
  auth.close()
})
beforeEach(() => {
  asked = 0
})

function jwk(kid: string) {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' }
}

const keySet = (...kids: string[]) => JSON.stringify({ keys: kids.map(jwk) })

function give(text: string, mac = seal('key-set', text)): void {
  answer = (response) => response.setHeader('souk-key-set-mac', mac).end(text)
}

function reply(how: (response: ServerResponse) => void): void {
  answer = how
}

const fail = () => reply((response) => response.destroy())

const isUnavailable = { code: 'unavailable', status: 503 }
const slow = { refresh: 1e9, unknown: 1e9, retry: 0, answer: 500 }

test('without any key set there is no verdict; the first one ends that', async () => {
  fail()
  const keys = remoteKeys('test', slow)
  await assert.rejects(async () => keys('a'), isUnavailable)
  give(keySet('a'))
  assert.equal((await keys('a'))?.type, 'public')
  assert.equal(await keys('b'), undefined)
})

test('a first look that failed is not repeated by every call', async () => {
  fail()
  const keys = remoteKeys('test', { ...slow, retry: 60_000 })
  for (let at = 0; at < 20; at++) await assert.rejects(async () => keys('a'), isUnavailable)
  assert.equal(asked, 1)
})

const bad: [string, () => void][] = [
  ['no MAC', () => reply((it) => it.end(keySet('evil')))],
  ['a MAC of another secret', () => give(keySet('evil'), 'A'.repeat(43))],
  ['a MAC of another set', () => give(keySet('evil'), seal('key-set', keySet('a')))],
  ['a MAC of another purpose', () => give(...sealedFor('refresh', keySet('evil')))],
  ['no JSON', () => give('<html>')],
  ['no keys', () => give('{"keys":[]}')],
  ['a private and symmetric key', () => give('{"keys":[{"kty":"oct","k":"AA","kid":"evil"}]}')],
  ['too much', () => give(`${keySet('evil')}${' '.repeat(100_000)}`)],
  ['a redirect', () => reply((it) => it.writeHead(302, { location: '/b' }).end())],
  ['an error', () => reply((it) => it.writeHead(500).end(keySet('evil')))],
  ['nothing in time', () => reply(() => undefined)],
]

function sealedFor(purpose: string, text: string): [string, string] {
  return [text, seal(purpose, text)]
}

for (const [name, set] of bad)
  test(`${name}: is no key set, and the last good one stays`, async () => {
    const pace = { ...slow, unknown: 0, answer: 100 }
    set()
    await assert.rejects(async () => remoteKeys('test', pace)('evil'), isUnavailable)
    give(keySet('good'))
    const keys = remoteKeys('test', pace)
    assert.ok(await keys('good'))
    set()
    assert.equal(await keys('evil'), undefined)
    assert.ok(await keys('good'))
  })

test('an unknown key causes one look for all who ask, and none for a while after', async () => {
  give(keySet('a'))
  const keys = remoteKeys('test', { ...slow, unknown: 60_000 })
  await keys('a')
  give(keySet('a', 'b'))
  const found = await Promise.all(Array.from({ length: 50 }, () => keys('b')))
  assert.ok(found.every((it) => it !== undefined))
  assert.equal(asked, 2)
  for (let at = 0; at < 50; at++) assert.equal(await keys(`made-up-${at}`), undefined)
  assert.equal(asked, 2)
})

test('calls at once before the first set cause one look', async () => {
  give(keySet('a'))
  const keys: KeySource = remoteKeys('test', slow)
  await Promise.all(Array.from({ length: 50 }, () => keys('a')))
  assert.equal(asked, 1)
})

test('looks again by itself, so that a key is known before it signs', async () => {
  give(keySet('a'))
  const keys = remoteKeys('test', { ...slow, refresh: 20 })
  await keys('a')
  give(keySet('a', 'next'))
  await until(() => asked > 3)
  const before = asked
  assert.ok(await keys('next'))
  assert.ok(asked - before < 2, 'not because it was asked for')
  fail()
  await until(() => asked > before + 3)
  assert.ok(await keys('next'), 'the last good set stays')
})
