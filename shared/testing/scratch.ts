import * as z from 'zod'
import { define } from '../http/contract.ts'
import { pageOf, pageQuery } from '../http/page.ts'
import { id, safeText } from '../http/params.ts'
import { type Handler, service } from '../http/service.ts'

/** A service that uses every feature a contract has; nothing of it runs. */
const handler: Handler = async () => ({ statusCode: 501 })

type Branch = { name: string; children: Branch[] }
const Branch: z.ZodType<Branch> = z
  .object({
    name: z.string(),
    get children() {
      return z.array(Branch)
    },
  })
  .meta({ id: 'Branch' })

const Price = z
  .string()
  .regex(/^\d{1,8}\.\d{2}$/)
  .meta({ id: 'Price', description: 'Two places' })

const Thing = z
  .object({
    id: z.int().min(1),
    type: z.enum(['tool', 'toy']),
    price: Price,
    note: z.string().nullable(),
    made_at: z.iso.datetime(),
    tree: Branch.optional(),
  })
  .meta({ id: 'Thing', description: 'What this service keeps' })

const NewThing = z
  .strictObject({
    type: z.enum(['tool', 'toy']),
    price: Price,
    note: safeText(1, 200).optional(),
    tags: z.array(z.string().max(20)).max(5).default([]),
    related: z.array(z.int()).optional(),
  })
  .meta({ id: 'NewThing' })

const flag = z
  .enum(['0', '1'])
  .transform((it) => it === '1')
  .optional()

const listThings = define({
  method: 'GET',
  path: '/api/v1/things/',
  summary: 'List things',
  about: 'Newest first.',
  access: 'anyone',
  query: z.object({
    ...pageQuery,
    ids: z
      .string()
      .regex(/^\d+(,\d+)*$/)
      .transform((it) => it.split(',').map(Number))
      .pipe(z.array(z.int()).max(100))
      .optional()
      .meta({ description: 'Ids, with commas' }),
    price__gte: Price.optional(),
    in_stock: flag.meta({ description: '1: only what is in stock' }),
    ordering: z.enum(['price', '-price']).default('price'),
  }),
  reply: pageOf(Thing).meta({ id: 'ThingPage' }),
  cache: { tags: () => ['things'], seconds: 60 },
})

const createThing = define({
  method: 'POST',
  path: '/api/v1/things/',
  summary: 'Add a thing',
  access: 'staff',
  body: NewThing,
  upload: {
    part: 'image',
    maxBytes: 5 * 1024 * 1024,
    fields: z.strictObject({ type: z.enum(['tool', 'toy']), price: Price, note: z.string() }),
  },
  status: 201,
  reply: Thing,
  errors: ['already_exists'],
  idempotent: true,
  concurrency: 2,
})

const getThing = define({
  method: 'GET',
  path: '/api/v1/things/{thing_id}/',
  summary: 'Read a thing',
  access: 'anyone',
  params: { thing_id: id.integer },
  query: z.object({ verbose: flag }),
  reply: Thing,
  errors: ['not_found'],
  cache: { tags: ({ params }) => [`thing:${params.thing_id}`], seconds: 5 },
})

const getTicket = define({
  method: 'GET',
  path: '/api/v1/things/{ticket_id}/',
  summary: 'Read a ticket',
  access: 'optional',
  params: { ticket_id: id.uuid },
  reply: z.object({ ticket: z.guid(), thing: Thing }).meta({ id: 'Ticket' }),
  errors: ['not_found'],
})

const changeThing = define({
  method: 'PUT',
  path: '/api/v1/things/{thing_id}/',
  summary: 'Change a thing',
  access: 'user',
  params: { thing_id: id.integer },
  body: NewThing,
  reply: Thing,
  errors: ['not_found', 'forbidden', 'precondition_failed'],
})

const endTicket = define({
  method: 'DELETE',
  path: '/api/v1/things/{ticket_id}/',
  summary: 'End a ticket',
  access: 'superuser',
  params: { ticket_id: id.uuid },
  errors: ['not_found'],
})

const act = define({
  method: 'POST',
  path: '/api/v1/things/{thing_id}/actions/{action}/',
  summary: 'Do something with a thing',
  access: 'user',
  params: { thing_id: id.integer, action: id.text },
  body: z.discriminatedUnion('do', [
    z.strictObject({ do: z.literal('lend'), to: z.guid() }),
    z.strictObject({ do: z.literal('sell'), price: Price }),
  ]),
  reply: z.object({ done: z.literal(true), by: z.record(z.string(), z.int()) }),
  throttle: [
    { by: 'address', limit: 10, seconds: 60 },
    { by: 'account', limit: 5, seconds: 90, about: 'by the thing' },
  ],
  credentials: true,
  example: { body: { do: 'sell', price: '5.00' } },
})

const getPicture = define({
  method: 'GET',
  path: '/api/v1/things/pictures/{name}',
  summary: 'A picture',
  access: 'anyone',
  params: { name: id.text },
  bytes: ['image/webp', 'image/png'],
  errors: ['not_found'],
})

const keys = define({
  method: 'GET',
  path: '/.well-known/things.json',
  summary: 'What is known of things',
  access: 'anyone',
  reply: z.object({ things: z.array(Thing) }),
})

const receiveEvent = define({
  method: 'POST',
  path: '/internal/v1/events/',
  summary: 'Take an event',
  access: 'service',
  body: z.strictObject({ id: z.guid() }),
})

export const scratch = service({
  name: 'scratch',
  about: 'Everything that a contract can say, in one service',
  roots: ['/api/v1/things', '/.well-known/things.json'],
  port: 8009,
  needs: ['postgres'],
  endpoints: {
    listThings: { contract: listThings, handler },
    createThing: { contract: createThing, handler },
    getThing: { contract: getThing, handler },
    getTicket: { contract: getTicket, handler },
    changeThing: { contract: changeThing, handler },
    endTicket: { contract: endTicket, handler },
    act: { contract: act, handler },
    getPicture: { contract: getPicture, handler },
    keys: { contract: keys, handler },
    receiveEvent: { contract: receiveEvent, handler },
  },
})
