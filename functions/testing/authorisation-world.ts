import { randomUUID } from 'node:crypto'
import { signService } from '../../shared/http/tokens.ts'
import { es256, forge, parts } from '../../shared/testing/hostile-tokens.ts'
import type { Reply } from '../../shared/testing/shop.ts'
import { keyRing } from '../auth/keys.ts'
import type { House, Person } from '../auth/testing/house.ts'

/** Who calls, in the order of a row's cells. `a` owns what is called about, `b` is like `a`. */
export const callers = [
  'nobody',
  'a',
  'b',
  'staff',
  'superuser',
  'expired',
  'revoked',
  'service',
] as const
export type Caller = (typeof callers)[number]

/** Everything that one call can be about; made anew for each, as calls change it. */
export type World = {
  a: Person
  b: Person
  staff: Person
  superuser: Person
  house: House
  /** A product of somebody else on the staff. */
  product(): Promise<number>
  category(): Promise<number>
  subcategory(): Promise<number>
  /** A review by `a`. */
  review(): Promise<string>
}

export type Request = { path?: string; body?: unknown; headers?: Record<string, string> }

/** A route's cells and the call that fills them; a path without parameters needs no call. */
export type Row = { cells: readonly number[]; call?: (world: World) => Promise<Request> | Request }

export async function makeWorld(house: House): Promise<World> {
  const { guest } = house
  const [a, b, staff, superuser, author] = await Promise.all([
    guest(),
    guest(),
    guest({ staff: true }),
    guest({ staff: true, superuser: true }),
    guest({ staff: true }),
  ])
  const make = async (path: string, as: Person, body: object): Promise<Reply['body']> => {
    const reply = await house.call('POST', path, { as, body })
    if (reply.status !== 201) throw new Error(`${path} was not made: ${reply.text}`)
    return reply.body
  }
  const category = async () =>
    (await make('/api/v1/categories/', author, { name: randomUUID() })).id as number
  const product = async () => {
    const body = { name: randomUUID(), price: '9.00', stock_count: 100 }
    return (await make('/api/v1/products/', author, body)).id as number
  }
  return {
    ...{ a, b, staff, superuser, house, category, product },
    subcategory: async () =>
      (await make(`/api/v1/categories/${await category()}/subcategories/`, author, { name: 'x' }))
        .id,
    review: async () =>
      (await make('/api/v1/reviews/', a, { product_id: await product(), rating: 4 })).id,
  }
}

/** The token that a caller sends; a revoked one is made so now. */
export async function tokenOf(
  caller: Caller,
  world: World,
  service: string,
): Promise<{ access: string } | undefined> {
  if (caller === 'nobody') return undefined
  if (caller === 'service') return { access: signService('cart', service) }
  if (caller === 'expired') return { access: await expired(world.a.access) }
  if (caller !== 'revoked') return world[caller]
  const revoke = { body: { refresh: world.a.refresh } }
  await world.house.call('POST', '/api/v1/token/revoke/', revoke)
  return world.a
}

async function expired(token: string): Promise<string> {
  const { header, claims } = parts(token)
  const now = Math.floor(Date.now() / 1000)
  const { signing } = await keyRing()
  return forge(header, { ...claims, iat: now - 400, exp: now - 100 }, es256(signing.key))
}
