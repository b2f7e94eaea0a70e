import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { before, test } from 'node:test'
import { jwtVerify } from 'jose'
import { keyFor } from '../http/secrets.ts'
import { signService, verifyAccess, verifyService } from '../http/tokens.ts'
import { es256, forge, hmac, hostileServiceTokens, hostileTokens, parts } from './hostile-tokens.ts'
import { accessToken, believe, makeTestKeys, personOf } from './tokens.ts'

const keys = makeTestKeys()

before(() => {
  process.env.SECRET_KEY ??= randomBytes(48).toString('base64url')
  believe(keys)
})

const good = () => ({ ...keys, token: accessToken(keys, personOf('superuser')) })
const refused = { code: 'unauthenticated', status: 401 }

test('there are enough of them, each with a name of its own', () => {
  const tokens = hostileTokens(good())
  assert.ok(tokens.length >= 60, String(tokens.length))
  assert.equal(new Set(tokens.map((it) => it.name)).size, tokens.length)
  assert.equal(new Set(tokens.map((it) => it.token)).size, tokens.length)
})

test('the wrapper takes none of them', async () => {
  for (const { name, token } of hostileTokens(good()))
    await assert.rejects(verifyAccess(token), refused, name)
})

test('nor, of service tokens, any hostile one', () => {
  for (const { name, token } of hostileServiceTokens(good(), 'product'))
    assert.throws(() => verifyService(token, 'product'), refused, name)
  assert.equal(verifyService(signService('cart', 'product'), 'product'), 'cart')
})

test('what forges them makes good ones as well: jose and the wrapper agree', async () => {
  const { token, publicKey, privateKey } = good()
  const { header, claims } = parts(token)
  for (const it of [token, forge(header, claims, es256(privateKey))]) {
    const options = { issuer: 'souk', audience: 'souk', typ: 'at+jwt', algorithms: ['ES256'] }
    const { payload } = await jwtVerify(it, publicKey, options)
    assert.equal(payload.sub, (await verifyAccess(it)).id)
  }
  const now = Math.floor(Date.now() / 1000)
  const service = forge(
    { alg: 'HS256', typ: 'svc+jwt' },
    { iss: 'cart', aud: 'product', jti: 'x', iat: now, exp: now + 60 },
    hmac(keyFor('service-token')),
  )
  assert.equal(verifyService(service, 'product'), 'cart')
})
