import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { keyFor } from '../http/secrets.ts'

/** A good access token, and the key that made it. */
export type GoodToken = {
  token: string
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
}

export type HostileToken = { name: string; token: string }

type Json = Record<string, unknown>
type Signer = (input: string) => Buffer

/** A token of any header and claims; made without the library that our wrapper is built on. */
export function forge(header: unknown, claims: unknown, signer: Signer): string {
  const part = (value: unknown) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  const input = `${part(header)}.${part(claims)}`
  return `${input}.${signer(input).toString('base64url')}`
}

/** Signs as ES256 does. */
export function es256(key: KeyObject): Signer {
  return (input) => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
}

export function hmac(key: string | Buffer, hash = 'sha256'): Signer {
  return (input) => createHmac(hash, key).update(input).digest()
}

const unsigned: Signer = () => Buffer.alloc(0)

export function parts(token: string): { header: Json; claims: Json } {
  const [header, claims] = token
    .split('.', 2)
    .map((it) => JSON.parse(Buffer.from(it, 'base64url').toString()))
  return { header, claims }
}

/** Tokens that no endpoint of any service may take from a user: RFC 8725, and what was seen since. */
export function hostileTokens(good: GoodToken): HostileToken[] {
  return [...malformed(good), ...wrongKeys(good), ...badHeaders(good), ...badClaims(good)]
}

function malformed({ token }: GoodToken): HostileToken[] {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const flipped = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
  const zeros = Buffer.alloc(64).toString('base64url')
  return list({
    'one dot': '.',
    'two dots': '..',
    'one part': header,
    'two parts': `${header}.${claims}`,
    'no signature': `${header}.${claims}.`,
    'four parts': `${token}.${signature}`,
    'five parts, as JWE': `${token}..`,
    'a letter more': `${token}A`,
    'a signature cut short': token.slice(0, -4),
    'another first letter of the signature': `${header}.${claims}.${flipped}`,
    'a signature of zeros': `${header}.${claims}.${zeros}`,
    'a signature of 5,000 letters': `${header}.${claims}.${'A'.repeat(5000)}`,
    'claims of 8 KB': `${header}.${'A'.repeat(8192)}.${signature}`,
    'a header that is no JSON': `${base64('{')}.${claims}.${signature}`,
    'a header that is a list': `${base64('[]')}.${claims}.${signature}`,
    'a header that is null': `${base64('null')}.${claims}.${signature}`,
    'claims that are no JSON': `${header}.${base64('{')}.${signature}`,
    'parts in another order': `${claims}.${header}.${signature}`,
    'an API key': 'sk_live_4242424242424242',
  })
}

function wrongKeys({ token, privateKey, publicKey, kid }: GoodToken): HostileToken[] {
  const { header, claims } = parts(token)
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  const k256 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey
  const edwards = generateKeyPairSync('ed25519').privateKey
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const pem = publicKey.export({ format: 'pem', type: 'spki' })
  const der = publicKey.export({ format: 'der', type: 'spki' })
  const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }))
  const as = (alg: unknown, signer: Signer) => forge({ ...header, alg }, claims, signer)
  const asDer: Signer = (input) => sign('sha256', Buffer.from(input), privateKey)
  const rs256: Signer = (input) => sign('sha256', Buffer.from(input), rsa)
  const everyNone = ['none', 'None', 'NONE', 'nOnE', '', null].map((alg) => ({
    name: `alg ${JSON.stringify(alg)} without a signature`,
    token: as(alg, unsigned),
  }))
  return [
    ...everyNone,
    ...list({
      'alg none with the good signature': as('none', es256(privateKey)),
      'HS256 under the public key as PEM': as('HS256', hmac(pem)),
      'HS256 under the public key, no line end': as('HS256', hmac(pem.toString().trim())),
      'HS256 under the public key as DER': as('HS256', hmac(der)),
      'HS256 under the public key as JWK': as('HS256', hmac(jwk)),
      'HS384 under the public key': as('HS384', hmac(pem, 'sha384')),
      'HS512 under the public key': as('HS512', hmac(pem, 'sha512')),
      'HS256 under the kid': as('HS256', hmac(kid)),
      'HS256 under nothing': as('HS256', hmac('')),
      'HS256 under the key of service tokens': as('HS256', hmac(keyFor('service-token'))),
      'ES256 said, HS256 done': as('ES256', hmac(pem)),
      'ES256 of another key': as('ES256', es256(other)),
      'ES256 of a key on P-384': as('ES256', es256(p384)),
      'ES256 of a key on secp256k1': as('ES256', es256(k256)),
      'ES256 in DER': as('ES256', asDer),
      'ES384 said': as('ES384', es256(privateKey)),
      ES256K: as('ES256K', es256(k256)),
      EdDSA: as('EdDSA', (input) => sign(null, Buffer.from(input), edwards)),
      RS256: as('RS256', rs256),
      PS256: as('PS256', rs256),
      'alg in lower case': as('es256', es256(privateKey)),
      'two algs': as(['ES256', 'none'], es256(privateKey)),
    }),
  ]
}

function badHeaders({ token, privateKey, kid }: GoodToken): HostileToken[] {
  const { header, claims } = parts(token)
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const own = other.publicKey.export({ format: 'jwk' })
  const good = es256(privateKey)
  const evil = es256(other.privateKey)
  const having = (more: Json, signer = good) => forge({ ...header, ...more }, claims, signer)
  const { kid: _kid, ...noKid } = header
  const { typ: _typ, ...noType } = header
  const { alg: _alg, ...noAlg } = header
  return list({
    'no kid': forge(noKid, claims, good),
    'no typ': forge(noType, claims, good),
    'no alg': forge(noAlg, claims, good),
    'an unknown kid': having({ kid: randomUUID() }),
    'an empty kid': having({ kid: '' }),
    'a kid that is a path': having({ kid: '../../../../dev/null' }, hmac('')),
    'a kid that is SQL': having({ kid: `x' union select '${kid}` }),
    'a kid that is an address': having({ kid: 'https://evil.example/key' }),
    'a kid of 65 letters': having({ kid: 'a'.repeat(65) }),
    'a kid that is a number': having({ kid: 1 }),
    'a kid that is a list': having({ kid: [kid] }),
    'a kid called __proto__': having({ kid: '__proto__' }),
    'a kid called constructor': having({ kid: 'constructor' }),
    'its own key within': having({ jwk: own }, evil),
    'its own key within, no kid': forge({ ...noKid, jwk: own }, claims, evil),
    'an address of keys': having({ jku: 'https://evil.example/keys' }, evil),
    'an address of certificates': having({ x5u: 'https://evil.example/x5u' }, evil),
    'a certificate': having({ x5c: ['MIIB'] }, evil),
    'a critical extension': having({ crit: ['exp'] }),
    'an unknown critical extension': having({ crit: ['b64'], b64: false }),
    compression: having({ zip: 'DEF' }),
    'typ JWT': having({ typ: 'JWT' }),
    'typ of a service token': having({ typ: 'svc+jwt' }),
    'typ with its prefix': having({ typ: 'application/at+jwt' }),
    'an unknown member': having({ nonce: 'x' }),
  })
}

function badClaims({ token, kid, privateKey }: GoodToken): HostileToken[] {
  const { header, claims } = parts(token)
  const now = Math.floor(Date.now() / 1000)
  const having = (more: Json) => forge(header, { ...claims, ...more }, es256(privateKey))
  const without = Object.keys(claims).map((name) => {
    const { [name]: _gone, ...rest } = claims
    return { name: `no ${name}`, token: forge(header, rest, es256(privateKey)) }
  })
  return [
    ...without,
    ...list({
      'expired a minute ago': having({ iat: now - 360, exp: now - 60 }),
      'expired in 1970': having({ iat: 0, exp: 1 }),
      'made tomorrow': having({ iat: now + 86_400, exp: now + 86_700 }),
      'living for a year': having({ exp: now + 31_536_000 }),
      'living for eleven minutes': having({ iat: now, exp: now + 660 }),
      'over before it began': having({ iat: now + 3, exp: now + 2 }),
      'an exp in words': having({ exp: String(now + 300) }),
      'an exp beyond numbers': having({ exp: 1e300 }),
      'not valid yet': having({ nbf: now + 3600 }),
      'another issuer': having({ iss: 'evil' }),
      'two issuers': having({ iss: ['souk', 'evil'] }),
      'another audience': having({ aud: 'evil' }),
      'an audience of many': having({ aud: ['souk', 'evil'] }),
      'a sub that is no id': having({ sub: 'admin' }),
      'a sub that is SQL': having({ sub: "' or 1=1 --" }),
      'a sub that is a list': having({ sub: [claims.sub] }),
      'a sub that is null': having({ sub: null }),
      'a session that is no id': having({ sid: '1' }),
      'staff in words': having({ staff: 'true' }),
      'staff as a number': having({ staff: 1 }),
      'a name of 151 letters': having({ username: 'a'.repeat(151) }),
      'an unknown claim': having({ role: 'admin' }),
      'claims that are a list': forge(header, [claims], es256(privateKey)),
      'claims that are text': forge(header, '"admin"', es256(privateKey)),
      'claims that are null': forge({ ...header, kid }, 'null', es256(privateKey)),
    }),
  ]
}

/** Tokens that no internal endpoint of the service `audience` may take. */
export function hostileServiceTokens(good: GoodToken, audience: string): HostileToken[] {
  const now = Math.floor(Date.now() / 1000)
  const header = { alg: 'HS256', typ: 'svc+jwt' }
  const claims = { iss: 'cart', aud: audience, jti: randomUUID(), iat: now, exp: now + 60 }
  const key = hmac(keyFor('service-token'))
  const having = (more: Json, signer = key) => forge(header, { ...claims, ...more }, signer)
  return [
    { name: 'a good user token', token: good.token },
    ...hostileTokens(good),
    ...list({
      'for another service': having({ aud: 'elsewhere' }),
      'for many services': having({ aud: [audience, 'elsewhere'] }),
      'living for two minutes': having({ exp: now + 120 }),
      'over a minute ago': having({ iat: now - 120, exp: now - 60 }),
      'made in an hour': having({ iat: now + 3600, exp: now + 3660 }),
      'without an end': having({ exp: undefined }),
      'without a beginning': having({ iat: undefined }),
      'with rights': having({ superuser: true }),
      'under another key': having({}, hmac('x'.repeat(32))),
      'under the key of another purpose': having({}, hmac(keyFor('refresh'))),
      'of type JWT': forge({ ...header, typ: 'JWT' }, claims, key),
      'of a user’s type': forge({ ...header, typ: 'at+jwt' }, claims, key),
      'with alg none': forge({ ...header, alg: 'none' }, claims, unsigned),
      'with HS512': forge(
        { ...header, alg: 'HS512' },
        claims,
        hmac(keyFor('service-token'), 'sha512'),
      ),
      'with a kid': forge({ ...header, kid: good.kid }, claims, key),
    }),
  ]
}

function list(tokens: Record<string, string>): HostileToken[] {
  return Object.entries(tokens).map(([name, token]) => ({ name, token }))
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64url')
}
