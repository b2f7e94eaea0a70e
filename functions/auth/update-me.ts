import { define } from '../../shared/http/contract.ts'
import { changeUser } from './changes.ts'
import { ownPasswordThrottle } from './guesses.ts'
import { User, UserChange } from './model.ts'
import { serveSignedIn } from './signed-in.ts'

export const contract = define({
  method: 'PUT',
  path: '/api/v1/users/',
  summary: 'Change your own account',
  about:
    'A new password or email needs `current_password`; a new password ends every other session.',
  access: 'user',
  body: UserChange,
  reply: User,
  errors: ['wrong_password', 'already_exists', 'conflict', 'rate_limited', 'unavailable'],
  throttle: ownPasswordThrottle,
})

export const handler = serveSignedIn(contract, ({ user, body }) => changeUser(user, user.id, body))
