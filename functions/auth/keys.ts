import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { keyFor } from '../../shared/http/secrets.ts'
import type { KeySource } from '../../shared/http/tokens.ts'
import { log } from '../../shared/runtime/log.ts'
import { db } from './queries/accounts.ts'
import {
  deleteKeysExcept,
  deleteOldKeys,
  insertKey,
  type KeyRow,
  listKeys,
  lockKeys,
  newestKeyDays,
  type PublicJwk,
} from './queries/signing-keys.ts'

/** Twice the time in which every service has looked at the key set again. */
export const PUBLISHED_AHEAD_SECONDS = 600
const DAYS_BETWEEN_KEYS = 90
const FRESH_MS = 10_000
const PURPOSE = 'signing-keys'

type KeyRing = {
  published: { kid: string; jwk: PublicJwk }[]
  byKid: Map<string, KeyObject>
  signing: { kid: string; key: KeyObject } | undefined
  /** `performance.now()` of its reading. */
  readAt: number
}

let current: Promise<KeyRing> | undefined
let since = 0

/** The keys as the database has them, at most ten seconds old; the first key is made here. */
export async function keyRing(): Promise<KeyRing & { signing: { kid: string; key: KeyObject } }> {
  if (!current || performance.now() - since > FRESH_MS) current = refresh(current)
  const ring = await current
  if (ring.signing) return { ...ring, signing: ring.signing }
  await makeKey(0, (rows) => !signingKey(rows))
  current = refresh(undefined)
  const made = await current
  if (!made.signing) throw new Error('no signing key can be read')
  return { ...made, signing: made.signing }
}

/** Reads the keys; keeps what was known before when the database cannot be asked. */
function refresh(before: Promise<KeyRing> | undefined): Promise<KeyRing> {
  since = performance.now()
  const reading = read().catch(async (error) => {
    if (before === undefined) {
      current = undefined
      throw error
    }
    return before
  })
  return reading
}

async function read(): Promise<KeyRing> {
  const readAt = performance.now()
  const rows = await listKeys()
  return {
    published: rows.map((row) => ({ kid: row.kid, jwk: row.public_jwk })),
    byKid: new Map(rows.map((row) => [row.kid, publicKey(row.public_jwk)])),
    signing: signingKey(rows),
    readAt,
  }
}

/** Finds public keys in this service's own database. */
export const localKeys: KeySource = async (kid) => (await keyRing()).byKid.get(kid)

/** Forgets what was read; the next look goes to the database. */
export function forgetKeys(): void {
  current = undefined
}

/**
 * Makes the next key. It is published at once and signs after `PUBLISHED_AHEAD_SECONDS`, when every
 * service knows it; the one before stays believed until its last token is over. With `atOnce` it
 * signs now and all others are taken out: for a key that may be known to others. Gives the new kid.
 */
export async function rotateKeys(options: { atOnce?: boolean } = {}): Promise<string> {
  const kid = await makeKey(options.atOnce ? 0 : PUBLISHED_AHEAD_SECONDS, () => true)
  if (kid === undefined) throw new Error('no key was made')
  if (options.atOnce) await deleteKeysExcept(kid)
  forgetKeys()
  return kid
}

/** Rotates when the newest key is old, once however many processes ask; forgets what is over. */
export async function rotateWhenDue(): Promise<void> {
  const isDue = async () => ((await newestKeyDays()) ?? 0) >= DAYS_BETWEEN_KEYS
  if (await isDue()) {
    const kid = await makeKey(PUBLISHED_AHEAD_SECONDS, isDue)
    if (kid) log.info('made the next signing key', { kid })
  }
  await deleteOldKeys()
}

async function makeKey(
  secondsAhead: number,
  isNeeded: (rows: KeyRow[]) => boolean | Promise<boolean>,
): Promise<string | undefined> {
  return db.transaction(async () => {
    await lockKeys()
    if (!(await isNeeded(await listKeys()))) return undefined
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
    const publicJwk: PublicJwk = { kty: 'EC', crv: 'P-256', x, y }
    const kid = thumbprint(publicJwk)
    await insertKey({ kid, publicJwk, sealed: encrypt(privateKey, kid) }, secondsAhead)
    return kid
  })
}

/** The newest key that has begun and can be opened: after a change of SECRET_KEY old ones cannot. */
function signingKey(rows: KeyRow[]): { kid: string; key: KeyObject } | undefined {
  const row = rows.find((it) => it.has_begun)
  if (!row) return undefined
  try {
    return { kid: row.kid, key: decrypt(row.sealed, row.kid) }
  } catch {
    log.error('a signing key cannot be opened; was SECRET_KEY changed?', { kid: row.kid })
    return undefined
  }
}

/** RFC 7638: the hash of the members that make the key, in their order. */
function thumbprint({ crv, kty, x, y }: PublicJwk): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
}

function publicKey(jwk: PublicJwk): KeyObject {
  return createPublicKey({ key: jwk, format: 'jwk' })
}

/** AES-256-GCM: nonce, tag, text. The kid is bound in, so that rows cannot be swapped. */
function encrypt(key: KeyObject, kid: string): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyFor(PURPOSE), nonce).setAAD(Buffer.from(kid))
  const plain = key.export({ format: 'der', type: 'pkcs8' })
  const text = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), text])
}

function decrypt(sealed: Buffer, kid: string): KeyObject {
  const decipher = createDecipheriv('aes-256-gcm', keyFor(PURPOSE), sealed.subarray(0, 12), {
    authTagLength: 16,
  })
  decipher.setAAD(Buffer.from(kid)).setAuthTag(sealed.subarray(12, 28))
  const plain = Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()])
  return createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' })
}
