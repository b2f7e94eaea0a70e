import { randomBytes, randomUUIDv7 } from 'node:crypto'
import { accessOf } from '../auth/access.ts'
import { hashPassword } from '../auth/hashing.ts'
import {
  type Account,
  db,
  findAccount,
  findByEmail,
  insertAccount,
} from '../auth/queries/accounts.ts'
import { endSession, openSession } from '../auth/queries/sessions.ts'

const ROLES = {
  customer: { isStaff: false, isSuperuser: false },
  staff: { isStaff: true, isSuperuser: false },
  superuser: { isStaff: true, isSuperuser: true },
}

export type SignedIn = { token: string; email: string; signOut: () => Promise<void> }

/**
 * Signs in as `customer`, `staff`, `superuser`, or the owner of an email: a session and a token as
 * the auth service makes them, without the password. The person of a role is made when there is none.
 * @throws Error for an email that nobody has
 */
export async function signIn(who: string): Promise<SignedIn> {
  const account = isRole(who) ? await someone(who) : await findByEmail(who.toLowerCase())
  if (!account)
    throw new Error(
      `Nobody has the email ${who}. --as takes customer, staff, superuser, or an email`,
    )
  const id = randomUUIDv7()
  const owner = await openSession({ id, account, userAgent: 'npm run invoke', place: 'invoke' })
  if (!owner) throw new Error(`The account of ${account.email} is not active`)
  return {
    token: await accessOf(owner),
    email: account.email,
    signOut: async () => {
      await endSession(id)
    },
  }
}

function isRole(who: string): who is keyof typeof ROLES {
  return Object.hasOwn(ROLES, who)
}

async function someone(role: keyof typeof ROLES): Promise<Account | undefined> {
  const { isStaff, isSuperuser } = ROLES[role]
  const { sql } = db
  const found = await sql<{ id: string }>`
    select id from account where is_active and is_superuser = ${isSuperuser}
      and (${isSuperuser} or is_staff = ${isStaff}) order by date_joined limit 1`.one()
  if (found) return findAccount(found.id)
  const email = `${role}@invoke.example`
  const passwordHash = await hashPassword(randomBytes(24).toString('base64url'))
  const account = { id: randomUUIDv7(), email, username: `invoke-${role}`, passwordHash }
  await insertAccount({ ...account, isStaff, isSuperuser })
  return findByEmail(email)
}
