import { answer, define } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { accessOf } from './access.ts'
import { keep, refreshOf } from './browser.ts'
import { cookieQuery, RefreshBody, Tokens } from './model.ts'
import { rotate } from './refresh-tokens.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/token/refresh/',
  summary: 'Exchange a refresh token for new tokens',
  about:
    'The refresh token rotates. A used one presented again ends its whole session; a retry of the same rotation within 10 s gets the same successor again.',
  access: 'anyone',
  query: cookieQuery,
  body: RefreshBody,
  reply: Tokens,
  errors: ['unauthenticated', 'cross_site', 'unavailable'],
  credentials: true,
})

export const handler = serve(contract, async ({ query, body, request, fail }) => {
  const token = refreshOf(request, query, body)
  const rotated = token === undefined ? undefined : await rotate(token)
  if (!rotated)
    throw fail('unauthenticated', 'The refresh token is missing, used, expired or not valid')
  const access = await accessOf(rotated.owner)
  return query.cookie === '1'
    ? answer({ access }, { cookies: [keep(rotated.next)] })
    : answer({ access, refresh: rotated.next })
})
