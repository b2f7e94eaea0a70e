import type { ApiOf, Service } from '../shared/http/service.ts'
import { auth } from './auth/service.ts'
import { cart } from './cart/service.ts'
import { product } from './product/service.ts'
import { review } from './review/service.ts'

/** Every service of the shop; the one thing that every tool reads. */
export const services = [auth, product, cart, review] as const satisfies readonly Service[]

/** Every route with the types of its call; the storefront's client is typed by it alone. */
export type Api = ApiOf<typeof services>
