import * as z from 'zod'
import { define } from '../../shared/http/contract.ts'
import { pageLinks, pageQuery } from '../../shared/http/page.ts'
import { safeText } from '../../shared/http/params.ts'
import { UserPage } from './model.ts'
import { listAccounts } from './queries/accounts.ts'
import { serveSignedIn } from './signed-in.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/users/',
  summary: 'List users, oldest first',
  access: 'staff',
  query: z.object({
    ...pageQuery,
    search: safeText(0, 254).optional().meta({ description: 'Part of the email or username' }),
  }),
  reply: UserPage,
})

export const handler = serveSignedIn(contract, async ({ query, request }) => {
  const { count, results } = await listAccounts(query.search, query)
  return { count, ...pageLinks(request, query, count), results }
})
