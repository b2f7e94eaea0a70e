import { randomUUIDv7 } from 'node:crypto'
import * as z from 'zod'
import { answer, define, type Request } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { accessOf } from './access.ts'
import { keep, refuseCrossSite } from './browser.ts'
import { placeOf, signInGuess, signInThrottle } from './guesses.ts'
import { hashPassword, verifyPassword } from './hashing.ts'
import { cookieQuery, Email, GivenPassword, Tokens } from './model.ts'
import { findForSignIn, setPasswordHash } from './queries/accounts.ts'
import { openSession } from './queries/sessions.ts'
import { refreshToken } from './refresh-tokens.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/token/',
  summary: 'Sign in',
  about:
    'Wrong email, wrong password and inactive account get one and the same answer, in the same time.',
  access: 'anyone',
  query: cookieQuery,
  body: z.strictObject({ email: Email, password: GivenPassword }),
  reply: Tokens,
  errors: ['bad_credentials', 'cross_site', 'rate_limited', 'unavailable'],
  throttle: signInThrottle,
  credentials: true,
})

export const handler = serve(contract, async ({ query, body, request, fail }) => {
  if (query.cookie === '1') refuseCrossSite(request)
  const place = placeOf(request.address)
  const { account, isKnownPlace } = await findForSignIn(body.email, place)
  const guess = signInGuess(body.email, place, isKnownPlace)
  await guess.check()
  const { isRight, isOutdated } = await verifyPassword(body.password, account?.password_hash, () =>
    guess.count(),
  )
  if (!account?.is_active || !isRight) throw fail('bad_credentials')
  const id = randomUUIDv7()
  const owner = await openSession({ id, account, userAgent: userAgent(request), place })
  if (!owner) throw fail('bad_credentials')
  await guess.forgive()
  if (isOutdated)
    await setPasswordHash(account.id, account.password_hash, await hashPassword(body.password))
  const refresh = refreshToken(id, 0)
  const access = await accessOf(owner)
  return query.cookie === '1'
    ? answer({ access }, { cookies: [keep(refresh)] })
    : answer({ access, refresh })
})

/** What PostgreSQL can hold of it. */
function userAgent(request: Request): string {
  const given = request.headers['user-agent'] ?? ''
  return given.replace(/[^\x20-\x7e]/g, '').slice(0, 200)
}
