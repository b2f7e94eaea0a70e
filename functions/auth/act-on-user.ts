import { define } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { act } from './changes.ts'
import { User, UserAction } from './model.ts'
import { serveSignedIn } from './signed-in.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/users/{id}/',
  summary: 'Do an account action',
  about:
    'Staff; `grant_staff` and `revoke_staff` superusers; `revoke_sessions` also the user. What is done to staff, superusers do.',
  access: 'user',
  params: { id: id.uuid },
  body: UserAction,
  reply: User,
  errors: ['not_found', 'forbidden', 'last_superuser'],
})

export const handler = serveSignedIn(contract, ({ user, params, body }) =>
  act(user, params.id, body.action),
)
