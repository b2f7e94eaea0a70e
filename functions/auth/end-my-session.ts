import { define } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { endSession } from './queries/sessions.ts'
import { serveSignedIn } from './signed-in.ts'

export const contract = define({
  method: 'DELETE',
  path: '/api/v1/users/me/sessions/{session_id}/',
  summary: 'Sign out one of your sessions',
  access: 'user',
  params: { session_id: id.uuid },
  errors: ['not_found'],
})

export const handler = serveSignedIn(contract, async ({ user, params, fail }) => {
  if (!(await endSession(params.session_id, user.id))) throw fail('not_found')
  return undefined
})
