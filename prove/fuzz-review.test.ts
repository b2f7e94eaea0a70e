import { after, before } from 'node:test'
import fc from 'fast-check'
import { review } from '../functions/review/service.ts'
import { openShop, type Shop } from '../shared/testing/shop.ts'
import { person } from '../shared/testing/tokens.ts'
import { fuzz, type World } from './fuzz/fuzz.ts'

const PRODUCTS = 50
const path = '/api/v1/reviews/'

let shop: Shop
let world: World

before(async () => {
  shop = await openShop([review])
  await shop.db('review').sql`
    insert into known_product select n, 1, 'P' || n from generate_series(1, ${PRODUCTS}) n`
  let people = 0
  const make = async (headers: Record<string, string>) => {
    const body = { product_id: 1 + (people++ % PRODUCTS), rating: 3 }
    const { body: made } = await shop.call('POST', path, { headers: { ...headers }, body })
    return String(made.id)
  }
  const bearer = (name: string) => ({ authorization: `Bearer ${shop.token(person(name))}` })
  const kept = await make(bearer('somebody'))
  const moderated = await make(bearer('another'))
  for (let at = 0; at < 30; at++)
    await shop.call('POST', path, { as: person(`r${at}`), body: { product_id: 1, rating: 4 } })
  const page = await shop.call('GET', `${path}1/?limit=1`)
  const cursor = fc.constant(new URL(page.body.next).searchParams.get('after'))
  world = {
    known: { product_id: fc.integer({ min: 1, max: PRODUCTS }), after: cursor, before: cursor },
    call: (method, target, options) => shop.call(method, target, options),
    caller: async ({ contract }) => {
      if (contract.access === 'anyone') return {}
      if (contract.access === 'staff') return { authorization: `Bearer ${shop.token('staff')}` }
      return bearer(`p${people++}`)
    },
    async there({ contract }, parameter, caller) {
      if (contract.name === 'list-reviews') return '1'
      if (contract.name === 'moderate-review') return moderated
      const isOwn = contract.access === 'user' && !contract.path.includes('votes')
      return isOwn && parameter && caller.authorization ? make(caller) : kept
    },
  }
})
after(() => shop.close())

fuzz(review, () => world)
