import { type KeyObject, randomUUID } from 'node:crypto'
import jwt from 'jsonwebtoken'
import * as z from 'zod'
import type { User } from './contract.ts'
import { fault } from './errors.ts'
import { keyFor } from './secrets.ts'

/**
 * The only file that imports jsonwebtoken. It adds what that does not check (RFC 8725): size, the
 * members of the header, `typ`, `exp` present and near, `aud`, and that a key serves one algorithm.
 */

export const ACCESS_SECONDS = 300
const MAX_ACCESS_SECONDS = 600
const SERVICE_SECONDS = 60
const SKEW_SECONDS = 5
const MAX_TOKEN_LENGTH = 4096
const ISSUER = 'souk'

const AccessHeader = z.strictObject({
  alg: z.literal('ES256'),
  typ: z.literal('at+jwt'),
  kid: z.string().regex(/^[\w-]{1,64}$/),
})
const ServiceHeader = z.strictObject({ alg: z.literal('HS256'), typ: z.literal('svc+jwt') })
const AccessClaims = z.strictObject({
  iss: z.literal(ISSUER),
  aud: z.literal(ISSUER),
  sub: z.guid(),
  sid: z.guid(),
  jti: z.string().min(1).max(64),
  iat: z.int(),
  exp: z.int(),
  username: z.string().min(1).max(150),
  staff: z.boolean(),
  superuser: z.boolean(),
})
const ServiceClaims = z.strictObject({
  iss: z.string().min(1).max(64),
  aud: z.string().min(1).max(64),
  jti: z.string().min(1).max(64),
  iat: z.int(),
  exp: z.int(),
})

/** Finds the public key of a `kid`; P-256 only. */
export type KeySource = (kid: string) => KeyObject | undefined | Promise<KeyObject | undefined>

let keys: KeySource | undefined

/** Tells this process where the public keys come from. */
export function useKeys(source: KeySource): void {
  keys = source
  verified.clear()
}

/** Tokens that were found good, until they expire; verifying ES256 costs 90 µs, a look-up 0.1. */
const verified = new Map<string, { user: User; expires: number; kid: string }>()
const MOST_VERIFIED = 10_000

/** The user of an access token. Fails with `unauthenticated`, whatever is wrong with it. */
export async function verifyAccess(token: string): Promise<User> {
  const now = Date.now() / 1000
  const known = verified.get(token)
  if (known && known.expires + SKEW_SECONDS > now && (await keys?.(known.kid))) return known.user
  const { kid } = header(token, AccessHeader)
  const key = await keys?.(kid)
  if (key?.type !== 'public' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') refuse()
  const claims = check(token, key as KeyObject, 'ES256', ISSUER, AccessClaims, MAX_ACCESS_SECONDS)
  const user: User = {
    id: claims.sub,
    session: claims.sid,
    username: claims.username,
    isStaff: claims.staff,
    isSuperuser: claims.superuser,
  }
  if (verified.size >= MOST_VERIFIED) verified.delete(verified.keys().next().value ?? '')
  verified.set(token, { user, expires: claims.exp, kid })
  return user
}

/** Signs an access token; only the auth service holds a private key. */
export function signAccess(user: User, key: KeyObject, kid: string): string {
  const claims = {
    sub: user.id,
    sid: user.session,
    username: user.username,
    staff: user.isStaff,
    superuser: user.isSuperuser,
  }
  return jwt.sign(claims, key, {
    algorithm: 'ES256',
    expiresIn: ACCESS_SECONDS,
    issuer: ISSUER,
    audience: ISSUER,
    jwtid: randomUUID(),
    header: { alg: 'ES256', typ: 'at+jwt', kid },
  })
}

/** Tokens for services by caller and audience, while they are good for half their time yet. */
const signed = new Map<string, { token: string; key: Buffer; until: number }>()

/** A token for calls of `caller` to the internal endpoints of `audience`, in the next half minute. */
export function signService(caller: string, audience: string): string {
  const key = keyFor('service-token')
  const id = `${caller} ${audience}`
  const known = signed.get(id)
  if (known && known.key === key && known.until > Date.now()) return known.token
  const token = jwt.sign({}, key, {
    algorithm: 'HS256',
    expiresIn: SERVICE_SECONDS,
    issuer: caller,
    audience,
    jwtid: randomUUID(),
    header: { alg: 'HS256', typ: 'svc+jwt' },
  })
  signed.set(id, { token, key, until: Date.now() + (SERVICE_SECONDS / 2) * 1000 })
  return token
}

/** Name of the calling service. Fails with `unauthenticated`. */
export function verifyService(token: string, audience: string): string {
  header(token, ServiceHeader)
  const key = keyFor('service-token')
  return check(token, key, 'HS256', audience, ServiceClaims, SERVICE_SECONDS).iss
}

function header<T>(token: string, schema: z.ZodType<T>): T {
  if (token.length > MAX_TOKEN_LENGTH) refuse()
  const first = token.split('.', 1)[0] ?? ''
  try {
    return schema.parse(JSON.parse(Buffer.from(first, 'base64url').toString()))
  } catch {
    return refuse()
  }
}

function check<T extends { iat: number; exp: number }>(
  token: string,
  key: KeyObject | Buffer,
  algorithm: 'ES256' | 'HS256',
  audience: string,
  schema: z.ZodType<T>,
  longest: number,
): T {
  try {
    const payload = jwt.verify(token, key, {
      algorithms: [algorithm],
      audience,
      clockTolerance: SKEW_SECONDS,
    })
    const claims = schema.parse(payload)
    const fresh = claims.iat <= Date.now() / 1000 + SKEW_SECONDS
    if (fresh && claims.exp > claims.iat && claims.exp - claims.iat <= longest) return claims
  } catch {
    // One answer for every fault: what exactly is wrong helps only whoever forged it.
  }
  return refuse()
}

function refuse(): never {
  throw fault('unauthenticated', 'The token is missing, expired or not valid', {
    headers: { 'www-authenticate': 'Bearer realm="souk", error="invalid_token"' },
  })
}
