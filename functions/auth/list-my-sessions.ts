import * as z from 'zod'
import { define } from '../../shared/http/contract.ts'
import { pageLinks, pageQuery } from '../../shared/http/page.ts'
import { SessionPage } from './model.ts'
import { listSessions } from './queries/sessions.ts'
import { serveSignedIn } from './signed-in.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/users/me/sessions/',
  summary: 'Where you are signed in, the latest used first',
  access: 'user',
  query: z.object(pageQuery),
  reply: SessionPage,
})

export const handler = serveSignedIn(contract, async ({ user, query, request }) => {
  const { count, results } = await listSessions(user.id, user.session, query)
  return { count, ...pageLinks(request, query, count), results }
})
