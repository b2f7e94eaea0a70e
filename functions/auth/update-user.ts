import { define } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { changeUser } from './changes.ts'
import { ownPasswordThrottle } from './guesses.ts'
import { User, UserChange } from './model.ts'
import { serveSignedIn } from './signed-in.ts'

export const contract = define({
  method: 'PUT',
  path: '/api/v1/users/{id}/',
  summary: 'Change a user',
  about:
    'Yourself, as `PUT /api/v1/users/`; staff change customers, superusers anybody, and need no `current_password` for it. A new password ends the sessions.',
  access: 'user',
  params: { id: id.uuid },
  body: UserChange,
  reply: User,
  errors: [
    'not_found',
    'forbidden',
    'wrong_password',
    'already_exists',
    'conflict',
    'rate_limited',
    'unavailable',
  ],
  throttle: ownPasswordThrottle,
})

export const handler = serveSignedIn(contract, ({ user, params, body }) =>
  changeUser(user, params.id, body),
)
