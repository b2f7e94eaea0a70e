import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { settings } from '../runtime/settings.ts'

const derived = new Map<string, Buffer>()

/** A key of 32 bytes of its own for each purpose, from `SECRET_KEY` by HKDF-SHA256. */
export function keyFor(purpose: string): Buffer {
  const secret = settings().secretKey
  const id = `${purpose}\0${secret}`
  let key = derived.get(id)
  if (!key) {
    key = Buffer.from(hkdfSync('sha256', secret, 'souk', purpose, 32))
    derived.set(id, key)
  }
  return key
}

/** HMAC-SHA256 under the key of a purpose, base64url. */
export function seal(purpose: string, data: string | Buffer): string {
  return createHmac('sha256', keyFor(purpose)).update(data).digest('base64url')
}

/** Whether `mac` is the seal of these data; takes the same time wherever they differ. */
export function sealed(purpose: string, data: string | Buffer, mac: string): boolean {
  const wanted = Buffer.from(seal(purpose, data))
  const given = Buffer.from(mac)
  return wanted.length === given.length && timingSafeEqual(wanted, given)
}
