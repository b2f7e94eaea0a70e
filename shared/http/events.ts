import * as z from 'zod'
import { once } from '../data/outbox.ts'
import { database } from '../data/postgres.ts'
import { define } from './contract.ts'
import { fault } from './errors.ts'
import { fieldErrors } from './parse.ts'
import { serve } from './serve.ts'

/** Takes the payload of one topic, inside the transaction that remembers the event. */
export type Topic = (payload: unknown) => Promise<unknown>

/** What to do with a topic's events, their payload checked. */
export function topic<T>(payload: z.ZodType<T>, take: (payload: T) => Promise<unknown>): Topic {
  return (given) => {
    const result = payload.safeParse(given)
    if (result.success) return take(result.data)
    throw fault('invalid_request', 'The payload is not that of its topic', {
      errors: fieldErrors(result.error).map((it) => ({ ...it, field: `payload.${it.field}` })),
    })
  }
}

/**
 * The endpoint by which a service takes events of the others: each id once, however often it comes.
 * Topics that mean nothing here are taken and ignored.
 */
export function receiveEvents(service: string, topics: Readonly<Record<string, Topic>>) {
  const contract = define({
    method: 'POST',
    path: '/internal/v1/events/',
    summary: 'Take an event of another service, once',
    access: 'service',
    body: z.strictObject({
      id: z.guid(),
      topic: z.string().min(1).max(100),
      at: z.iso.datetime({ offset: true }),
      payload: z.unknown(),
    }),
  })
  const handler = serve(contract, async ({ body }) => {
    const take = Object.hasOwn(topics, body.topic) ? topics[body.topic] : undefined
    if (take) await once(database(service), body.id, () => take(body.payload))
    return undefined
  })
  return { contract, handler }
}
