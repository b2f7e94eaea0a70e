import { randomUUIDv7 } from 'node:crypto'
import { answer, define } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { alreadyExists } from './changes.ts'
import { placeOf } from './guesses.ts'
import { hashPassword } from './hashing.ts'
import { NewUser, User } from './model.ts'
import { db, insertAccount, takenFields } from './queries/accounts.ts'
import { note } from './queries/audit.ts'
import { rememberPlace } from './queries/sessions.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/users/',
  summary: 'Register',
  access: 'anyone',
  body: NewUser,
  status: 201,
  reply: User,
  errors: ['already_exists', 'rate_limited', 'unavailable'],
  idempotent: true,
  throttle: [{ by: 'address', limit: 200, seconds: 3600 }],
})

export const handler = serve(contract, async ({ body, request }) => {
  const { email, username, password } = body
  const id = randomUUIDv7()
  const taken = await takenFields(email, username, id)
  if (taken.length > 0) throw alreadyExists(taken)
  const passwordHash = await hashPassword(password)
  const user = await db.transaction(async () => {
    const made = await insertAccount({ id, email, username, passwordHash })
    if (!made) throw alreadyExists(await takenFields(email, username, id))
    await rememberPlace(id, placeOf(request.address))
    await note('register', id, id)
    return made
  })
  return answer(user, { headers: { location: `/api/v1/users/${id}/` } })
})
