import * as z from 'zod'
import { define } from '../../shared/http/contract.ts'
import { pageLinks, pageQuery } from '../../shared/http/page.ts'
import { id } from '../../shared/http/params.ts'
import { AuditPage } from './model.ts'
import { findAccount } from './queries/accounts.ts'
import { listAudit } from './queries/audit.ts'
import { serveSignedIn } from './signed-in.ts'

export const contract = define({
  method: 'GET',
  path: '/api/v1/users/{id}/audit/',
  summary: 'Who did what to an account, the latest first',
  about: 'Also of a deleted account.',
  access: 'superuser',
  params: { id: id.uuid },
  query: z.object(pageQuery),
  reply: AuditPage,
  errors: ['not_found'],
})

export const handler = serveSignedIn(contract, async ({ params, query, request, fail }) => {
  const { count, results } = await listAudit(params.id, query)
  if (count === 0 && !(await findAccount(params.id))) throw fail('not_found')
  return { count, ...pageLinks(request, query, count), results }
})
