import { randomBytes, randomUUID, randomUUIDv7 } from 'node:crypto'
import type { Service } from '../../../shared/http/service.ts'
import { useKeys } from '../../../shared/http/tokens.ts'
import { type CallOptions, openShop, type Reply, type Shop } from '../../../shared/testing/shop.ts'
import { until } from '../../../shared/testing/until.ts'
import { accessOf } from '../access.ts'
import { hashPassword } from '../hashing.ts'
import { forgetKeys, keyRing, localKeys } from '../keys.ts'
import { refreshToken } from '../refresh-tokens.ts'
import { auth } from '../service.ts'

export type Person = {
  id: string
  email: string
  username: string
  password: string
  access: string
  refresh: string
}

export type House = {
  shop: Shop
  /** Calls as a person, or as nobody; `from` is the client's address. */
  call(method: string, target: string, options?: HouseCall): Promise<Reply>
  /** Registers somebody new, gives the rights asked for, and signs in. */
  person(rights?: { staff?: boolean; superuser?: boolean }): Promise<Person>
  /** As `person`, without the way through the door; everybody has one password. */
  guest(rights?: { staff?: boolean; superuser?: boolean }): Promise<Person>
  signIn(person: Pick<Person, 'email' | 'password'>, options?: HouseCall): Promise<Reply>
}

export type HouseCall = Omit<CallOptions, 'as'> & {
  as?: Pick<Person, 'access'> | undefined
  from?: string
}

/** An auth service with keys of its own, others beside it, and people who can be told apart. */
export async function openHouse(
  others: readonly Service[] = [],
  environment: Record<string, string> = {},
): Promise<House> {
  const shop = await openShop([auth, ...others], { environment })
  forgetKeys()
  useKeys(localKeys)
  await keyRing()

  function call(method: string, target: string, given: HouseCall = {}): Promise<Reply> {
    const { as, from, headers = {}, ...rest } = given
    if (as) headers.authorization = `Bearer ${as.access}`
    // The host believes its own machine about the client's address.
    if (from) headers['x-forwarded-for'] = from
    const door = from || others.length > 0 ? 'host' : 'process'
    return shop.call(method, target, { door, ...rest, headers })
  }

  const signIn = ({ email, password }: Pick<Person, 'email' | 'password'>, options?: HouseCall) =>
    call('POST', '/api/v1/token/', { ...options, body: { email, password } })

  async function person({ staff = false, superuser = false } = {}): Promise<Person> {
    const name = `p${randomBytes(6).toString('hex')}`
    const user = { email: `${name}@example.com`, username: name, password: newPassword() }
    const made = await patiently(() =>
      call('POST', '/api/v1/users/', { body: user, from: anyAddress() }),
    )
    if (made.status !== 201) throw new Error(`not registered: ${made.text}`)
    const id: string = made.body.id
    if (staff || superuser)
      await shop.db('auth').sql`
        update account set is_staff = ${staff}, is_superuser = ${superuser} where id = ${id}`
    const { body } = await patiently(() => signIn(user, { from: anyAddress() }))
    return { ...user, id, access: body.access, refresh: body.refresh }
  }

  let shared: { password: string; hash: Promise<string> } | undefined
  async function guest({ staff = false, superuser = false } = {}): Promise<Person> {
    const own = newPassword()
    shared ??= { password: own, hash: hashPassword(own) }
    const [username, id, session] = [randomUUID(), randomUUIDv7(), randomUUIDv7()]
    const email = `${username}@example.com`
    const { sql } = shop.db('auth')
    await sql`
      insert into account (id, email, username, password_hash, is_staff, is_superuser)
      values (${id}, ${email}, ${username}, ${await shared.hash}, ${staff}, ${superuser})`
    await sql`insert into session (id, account_id) values (${session}, ${id})`
    const owner = { session_id: session, account_id: id, username, created_at: '' }
    const access = await accessOf({ ...owner, is_staff: staff, is_superuser: superuser })
    const { password } = shared
    return { id, email, username, password, access, refresh: refreshToken(session, 0) }
  }

  return { shop, call, person, guest, signIn }
}

/** Calls again while the service is too busy. */
export function patiently(call: () => Promise<Reply>): Promise<Reply> {
  return until(async () => {
    const reply = await call()
    return reply.status === 503 ? undefined : reply
  })
}

export function newPassword(): string {
  return `${randomBytes(9).toString('base64url')}-Zq`
}

/** An address that no other call comes from. */
export function anyAddress(): string {
  const [a, b, c] = randomBytes(3)
  return `10.${a}.${b}.${c}`
}
