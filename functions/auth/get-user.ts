import { define } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { User } from './model.ts'
import { findAccount } from './queries/accounts.ts'
import { maySee, publicUser } from './rules.ts'
import { serveSignedIn } from './signed-in.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/users/{id}/',
  summary: 'Get a user',
  about: 'Yourself, or anybody for staff; others get 404, as for an id that does not exist.',
  access: 'user',
  params: { id: id.uuid },
  reply: User,
  errors: ['not_found'],
})

export const handler = serveSignedIn(contract, async ({ user, params, fail }) => {
  const account = maySee(user, params.id) ? await findAccount(params.id) : undefined
  if (!account) throw fail('not_found')
  return publicUser(account)
})
