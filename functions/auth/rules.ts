import type { User as Caller } from '../../shared/http/contract.ts'
import type { Action, User } from './model.ts'

/** Seconds after a sign-in in which it counts as proof of the password. */
const FRESH_SECONDS = 15 * 60

export function isStaff(caller: Caller): boolean {
  return caller.isStaff || caller.isSuperuser
}

/** Whether the caller is told that this user exists at all. */
export function maySee(caller: Caller, id: string): boolean {
  return caller.id === id || isStaff(caller)
}

/** Staff manage customers; only a superuser manages staff, else one could take another's rights. */
export function mayManage(caller: Caller, target: User): boolean {
  if (caller.id === target.id || caller.isSuperuser) return true
  return caller.isStaff && !target.is_staff && !target.is_superuser
}

export function mayAct(caller: Caller, action: Action, target: User): boolean {
  if (action === 'grant_staff' || action === 'revoke_staff') return caller.isSuperuser
  if (action === 'revoke_sessions' && caller.id === target.id) return true
  return isStaff(caller) && mayManage(caller, target)
}

export function isFresh(signedInAt: string, now: number): boolean {
  return now - Date.parse(signedInAt) < FRESH_SECONDS * 1000
}

/** What of an account is told. */
export function publicUser(account: User): User {
  const { id, email, username, is_active, is_staff, is_superuser, date_joined, last_login } =
    account
  return { id, email, username, is_active, is_staff, is_superuser, date_joined, last_login }
}
