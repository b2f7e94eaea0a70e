import type { Contract, User, Work } from '../../shared/http/contract.ts'
import { fault } from '../../shared/http/errors.ts'
import { serve } from '../../shared/http/serve.ts'
import type { Handler } from '../../shared/http/service.ts'
import { findSession } from './queries/sessions.ts'

/**
 * Serves a contract to those who are signed in now, not only when their token was made: who was
 * deactivated, deleted or signed out is out at once here, and rights are those of this moment.
 */
export function serveSignedIn<const C extends Contract>(contract: C, work: Work<C>): Handler {
  return serve(contract, async (call) => {
    const user = await userNow(call.user as User | undefined)
    if (contract.access === 'staff' && !user.isStaff && !user.isSuperuser)
      throw fault('forbidden', 'Only for staff')
    if (contract.access === 'superuser' && !user.isSuperuser)
      throw fault('forbidden', 'Only for superusers')
    return work({ ...call, user })
  })
}

async function userNow(told: User | undefined): Promise<User> {
  const found = told && (await findSession(told.session))
  if (!found || found.account_id !== told.id)
    throw fault('unauthenticated', 'This session has ended', {
      headers: { 'www-authenticate': 'Bearer realm="souk", error="invalid_token"' },
    })
  return {
    id: found.account_id,
    session: found.session_id,
    username: found.username,
    isStaff: found.is_staff,
    isSuperuser: found.is_superuser,
  }
}
