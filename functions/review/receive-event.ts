import * as z from 'zod'
import { once } from '../../shared/data/outbox.ts'
import { database } from '../../shared/data/postgres.ts'
import { define } from '../../shared/http/contract.ts'
import { serve } from '../../shared/http/serve.ts'
import { apply } from './events.ts'

export const contract = define({
  method: 'POST',
  path: '/internal/v1/events/',
  summary: 'Take an event of another service, once',
  access: 'service',
  body: z.object({
    id: z.guid(),
    topic: z.string().max(100),
    at: z.string(),
    payload: z.unknown(),
  }),
})

export const handler = serve(contract, async ({ body }) => {
  await once(database('review'), body.id, () => apply(body.topic, body.payload))
  return undefined
})
