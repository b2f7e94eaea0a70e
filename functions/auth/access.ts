import { signAccess } from '../../shared/http/tokens.ts'
import { keyRing } from './keys.ts'
import type { Owner } from './queries/sessions.ts'

/** A new access token of a session, with the rights of this moment. */
export async function accessOf(owner: Owner): Promise<string> {
  const { signing } = await keyRing()
  const user = {
    id: owner.account_id,
    session: owner.session_id,
    username: owner.username,
    isStaff: owner.is_staff,
    isSuperuser: owner.is_superuser,
  }
  return signAccess(user, signing.key, signing.kid)
}
