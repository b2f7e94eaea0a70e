import { define } from '../../shared/http/contract.ts'
import { managed } from './changes.ts'
import { User } from './model.ts'
import { publicUser } from './rules.ts'
import { serveSignedIn } from './signed-in.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/users/me/',
  summary: 'Who you are',
  access: 'user',
  reply: User,
})

export const handler = serveSignedIn(contract, async ({ user }) =>
  publicUser(await managed(user, user.id)),
)
