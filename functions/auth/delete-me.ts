import { define } from '../../shared/http/contract.ts'
import { managed, provePassword, removeUser } from './changes.ts'
import { ownPasswordThrottle } from './guesses.ts'
import { CurrentPassword } from './model.ts'
import { serveSignedIn } from './signed-in.ts'

export const contract = define({
  method: 'DELETE',
  path: '/api/v1/users/',
  summary: 'Delete your own account',
  access: 'user',
  body: CurrentPassword,
  errors: ['wrong_password', 'last_superuser', 'rate_limited', 'unavailable'],
  throttle: ownPasswordThrottle,
})

export const handler = serveSignedIn(contract, async ({ user, body }) => {
  const account = await managed(user, user.id)
  await provePassword(account, body.current_password)
  await removeUser(user, account)
  return undefined
})
