import { after, before } from 'node:test'
import fc from 'fast-check'
import { makeProduct } from '../functions/cart/cart-lab.ts'
import { cart } from '../functions/cart/service.ts'
import { product } from '../functions/product/service.ts'
import { openShop, type Shop } from '../shared/testing/shop.ts'
import { person } from '../shared/testing/tokens.ts'
import { fuzz, type World } from './fuzz/fuzz.ts'

let shop: Shop
let world: World

before(async () => {
  shop = await openShop([product, cart])
  const ids: number[] = []
  for (let at = 0; at < 5; at++) ids.push(await makeProduct(shop, { stock_count: 100_000 }))
  let callers = 0
  world = {
    known: { product_id: fc.constantFrom(...ids) },
    call: (method, target, options) => shop.call(method, target, options),
    caller: async () => ({ authorization: `Bearer ${shop.token(person(`c${callers++ % 500}`))}` }),
    async there(_target, _parameter, headers) {
      const body = { product_id: ids[0], quantity: 1 }
      // A cart that is full of it holds it as well.
      await shop.call('POST', '/api/v1/cart/add/', { headers: { ...headers }, body })
      return String(ids[0])
    },
  }
})
after(() => shop.close())

fuzz(cart, () => world)
