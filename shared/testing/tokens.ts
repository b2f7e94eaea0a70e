import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import type { User } from '../http/contract.ts'
import { signAccess, useKeys } from '../http/tokens.ts'

/** A signing key of this test's own; `shop.ts` makes it the one that services believe. */
export type TestKeys = { kid: string; privateKey: KeyObject; publicKey: KeyObject }

export function makeTestKeys(): TestKeys {
  return { kid: `test-${randomUUID()}`, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
}

/** Makes this process believe tokens of these keys, and of no others. */
export function believe(keys: TestKeys): void {
  useKeys((kid) => (kid === keys.kid ? keys.publicKey : undefined))
}

export type Role = 'customer' | 'other' | 'staff' | 'superuser'

/** The same person for the same name in every test. */
export function person(name: string, more: Partial<User> = {}): User {
  const hex = createHash('sha256').update(name).digest('hex')
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  return { id, session: randomUUID(), username: name, isStaff: false, isSuperuser: false, ...more }
}

/** A person of each role; `other` is a second customer. */
export function personOf(role: Role): User {
  if (role === 'staff') return person('staff', { isStaff: true })
  if (role === 'superuser') return person('superuser', { isStaff: true, isSuperuser: true })
  return person(role)
}

export function accessToken(keys: TestKeys, user: User): string {
  return signAccess(user, keys.privateKey, keys.kid)
}
