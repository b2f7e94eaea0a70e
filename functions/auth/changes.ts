import { emit } from '../../shared/data/outbox.ts'
import type { User as Caller } from '../../shared/http/contract.ts'
import { fault } from '../../shared/http/errors.ts'
import { ownGuess } from './guesses.ts'
import { hashPassword, verifyPassword } from './hashing.ts'
import type { Action, User, UserChange } from './model.ts'
import {
  type Account,
  db,
  deleteAccount,
  findAccount,
  isAnotherSuperuser,
  lockAccount,
  setFlags,
  takenFields,
  updateAccount,
} from './queries/accounts.ts'
import { note } from './queries/audit.ts'
import { endSessions } from './queries/sessions.ts'
import { mayAct, mayManage, maySee } from './rules.ts'

/** Who gets to know of a change. */
const told = { 'user.renamed': ['review'], 'user.deleted': ['review', 'cart'] } as const

/** The account that a caller wants to manage. Fails with `not_found`, or `forbidden` if it is seen. */
export async function managed(caller: Caller, id: string): Promise<Account> {
  const account = maySee(caller, id) ? await findAccount(id) : undefined
  if (!account) throw fault('not_found')
  if (!mayManage(caller, account)) throw fault('forbidden', 'Only superusers manage staff')
  return account
}

/** Fails with `wrong_password` unless it is the account's, with `rate_limited` after many. */
export async function provePassword(account: Account, given: string | undefined): Promise<void> {
  if (given === undefined) throw fault('wrong_password', 'Send current_password as well')
  const guess = ownGuess(account.id)
  await guess.check()
  const { isRight } = await verifyPassword(given, account.password_hash, () => guess.count())
  if (!isRight) throw fault('wrong_password')
  await guess.forgive()
}

/** Changes an account; a new password ends its sessions, other than the caller's own. */
export async function changeUser(caller: Caller, id: string, change: UserChange): Promise<User> {
  const { email, username, password, current_password: current } = change
  const before = await managed(caller, id)
  const isOwn = caller.id === id
  if (isOwn && (password !== undefined || email !== before.email))
    await provePassword(before, current)
  const passwordHash = password === undefined ? undefined : await hashPassword(password)
  return db.transaction(async () => {
    const now = await lockAccount(id)
    if (!now) throw fault('not_found')
    if (now.password_hash !== before.password_hash)
      throw fault('conflict', 'The password was changed meanwhile')
    const fields = await takenFields(email, username, id)
    if (fields.length > 0) throw alreadyExists(fields)
    const after = await updateAccount(id, { email, username, passwordHash }).catch(asTaken)
    if (!after) throw fault('not_found')
    if (passwordHash) await endSessions(id, isOwn ? caller.session : undefined)
    const { name_version: version, ...user } = after
    if (user.username !== now.username) await tell('user.renamed', id, { username, version })
    const changed = [
      ...(user.email === now.email ? [] : ['email']),
      ...(user.username === now.username ? [] : ['username']),
      ...(passwordHash ? ['password'] : []),
    ]
    await note('update', id, caller.id, { changed })
    return user
  })
}

/** Does an account action. Fails as `managed`, and with `last_superuser`. */
export async function act(caller: Caller, id: string, action: Action): Promise<User> {
  return db.transaction(async () => {
    const target = maySee(caller, id) ? await findAccount(id) : undefined
    if (!target) throw fault('not_found')
    if (!mayAct(caller, action, target)) throw fault('forbidden')
    if (action === 'deactivate') await keepSuperuser(target)
    const flags = {
      activate: { isActive: true },
      deactivate: { isActive: false },
      grant_staff: { isStaff: true },
      revoke_staff: { isStaff: false },
      revoke_sessions: {},
    }
    const user = await setFlags(id, flags[action])
    if (!user) throw fault('not_found')
    if (action === 'deactivate' || action === 'revoke_sessions') await endSessions(id)
    await note(action, id, caller.id)
    return user
  })
}

/** Deletes an account with its sessions; the other services learn it. */
export async function removeUser(caller: Caller, target: Account): Promise<void> {
  await db.transaction(async () => {
    await keepSuperuser(target)
    if (!(await lockAccount(target.id))) throw fault('not_found')
    await deleteAccount(target.id)
    await tell('user.deleted', target.id, {})
    await note('delete', target.id, caller.id)
  })
}

export function alreadyExists(fields: readonly string[]): Error {
  return fault('already_exists', `This ${fields.join(' and this ')} is taken`, {
    errors: fields.map((field) => ({ field, message: 'is taken' })),
  })
}

async function keepSuperuser(target: Account): Promise<void> {
  if (target.is_superuser && !(await isAnotherSuperuser(target.id))) throw fault('last_superuser')
}

/** Two who want the same name at the same moment; the unique index lets one of them. */
function asTaken(error: unknown): never {
  const constraint = error instanceof Error && 'constraint' in error ? error.constraint : undefined
  if (constraint === 'account_email') throw alreadyExists(['email'])
  if (constraint === 'account_username') throw alreadyExists(['username'])
  throw error
}

async function tell(topic: keyof typeof told, id: string, more: object): Promise<void> {
  for (const to of told[topic])
    await emit(db, { topic, to, key: id, payload: { user_id: id, ...more } })
}
