import * as z from 'zod'
import { define } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { idsQuery, Snapshot } from './model.ts'
import { snapshots } from './queries/products.ts'

export const contract = define({
  method: 'GET',
  path: '/internal/v1/products/',
  summary: 'What other services must know of these products',
  about: 'Those that do not exist are left out.',
  access: 'service',
  query: z.object({ ids: idsQuery }),
  reply: z.object({ results: z.array(Snapshot) }),
  example: { query: { ids: '1,2,3' } },
})

export const handler = serve(contract, async ({ query }) => ({
  results: await snapshots(query.ids),
}))
