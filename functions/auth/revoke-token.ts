import { answer, define } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { forget, refreshOf } from './browser.ts'
import { cookieQuery, RefreshBody } from './model.ts'
import { endSession } from './queries/sessions.ts'
import { readRefreshToken } from './refresh-tokens.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/token/revoke/',
  summary: 'Sign out: end the session of a refresh token',
  about: 'A token that does not count any more, or never did, is answered alike.',
  access: 'anyone',
  query: cookieQuery,
  body: RefreshBody,
  errors: ['cross_site'],
  credentials: true,
})

export const handler = serve(contract, async ({ query, body, request }) => {
  const token = readRefreshToken(refreshOf(request, query, body) ?? '')
  if (token) await endSession(token.sessionId)
  return answer(undefined, query.cookie === '1' ? { cookies: [forget] } : {})
})
