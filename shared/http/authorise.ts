import type { Contract, Request, User } from './contract.ts'
import { fault } from './errors.ts'
import { verifyAccess, verifyService } from './tokens.ts'

/**
 * Lets a call through by its contract's `access`, and tells whose it is. Fails with
 * `unauthenticated` (no good token) or `forbidden` (good, but not enough).
 */
export async function authorise(contract: Contract, request: Request): Promise<User | undefined> {
  const { access } = contract
  if (access === 'anyone') return undefined
  const token = bearer(request)
  if (access === 'service') {
    verifyService(token ?? '', contract.service)
    return undefined
  }
  if (token === undefined) {
    if (access === 'optional') return undefined
    throw fault('unauthenticated', 'Sign in first')
  }
  const user = await verifyAccess(token)
  if (access === 'staff' && !user.isStaff && !user.isSuperuser)
    throw fault('forbidden', 'Only for staff')
  if (access === 'superuser' && !user.isSuperuser) throw fault('forbidden', 'Only for superusers')
  return user
}

/** The token of the Authorization header; '' when there is one that is not a bearer token. */
function bearer(request: Request): string | undefined {
  const value = request.headers.authorization
  if (value === undefined) return undefined
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(value)?.[1] ?? ''
}
