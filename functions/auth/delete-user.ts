import * as z from 'zod'
import { define } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { managed, provePassword, removeUser } from './changes.ts'
import { ownPasswordThrottle } from './guesses.ts'
import { GivenPassword } from './model.ts'
import { findSession } from './queries/sessions.ts'
import { isFresh } from './rules.ts'
import { serveSignedIn } from './signed-in.ts'

export const contract = define({
  method: 'DELETE',
  path: '/api/v1/users/{id}/',
  summary: 'Delete a user',
  about:
    'Yourself: with `current_password`, or within 15 minutes of the sign-in. Staff delete customers, superusers anybody but the last superuser.',
  access: 'user',
  params: { id: id.uuid },
  body: z.strictObject({ current_password: GivenPassword.optional() }),
  errors: [
    'not_found',
    'forbidden',
    'wrong_password',
    'last_superuser',
    'rate_limited',
    'unavailable',
  ],
  throttle: ownPasswordThrottle,
})

export const handler = serveSignedIn(contract, async ({ user, params, body }) => {
  const account = await managed(user, params.id)
  if (user.id === params.id) {
    const session = await findSession(user.session)
    const isProof = session && isFresh(session.created_at, Date.now())
    if (!isProof || body.current_password !== undefined)
      await provePassword(account, body.current_password)
  }
  await removeUser(user, account)
  return undefined
})
