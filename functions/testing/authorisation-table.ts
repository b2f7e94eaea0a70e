import { randomUUID } from 'node:crypto'
import type { Row, World } from './authorisation-world.ts'

//        nobody   a    b  staff  su  expired revoked service
const every = (status: number): number[] => Array(8).fill(status)
const staffOnly = (good: number) => [401, 403, 403, good, good, 401, 403, 401]
const servicesOnly = (good: number) => [401, 401, 401, 401, 401, 401, 401, good]
/** A guest is welcome, a bad token is not; who was signed out is in until the token is over. */
const guests = (good: number) => [good, good, good, good, good, 401, good, 401]
const signedIn = (good: number) => [401, good, good, good, good, 401, good, 401]
/** As `signedIn`, at the auth service, which knows at once who was signed out. */
const signedInNow = (good: number) => [401, good, good, good, good, 401, 401, 401]

const user = ({ a }: World) => ({ path: `/api/v1/users/${a.id}/` })
const names = () => ({ email: `${randomUUID()}@example.com`, username: randomUUID() })
const newUser = () => ({ ...names(), password: 'correct horse battery' })
const event = () => ({
  body: { id: randomUUID(), topic: 'nothing', at: new Date().toISOString(), payload: {} },
})
const product = async (world: World) => ({ path: `/api/v1/products/${await world.product()}/` })
const inCart = async (world: World) => {
  const product_id = await world.product()
  const add = { body: { product_id } }
  for (const as of [world.a, world.b, world.staff, world.superuser])
    await world.house.call('POST', '/api/v1/cart/add/', { ...add, as })
  return { path: `/api/v1/cart/items/${product_id}/` }
}
const review = async (world: World) => ({ path: `/api/v1/reviews/${await world.review()}/` })
const vote = async (world: World) => ({ path: `/api/v1/reviews/${await world.review()}/votes/` })
const wholeProduct = { name: 'x', price: '1.00' }

/** What every operation answers to every caller. A route that is not here fails the build. */
export const table: Record<string, Record<string, Row>> = {
  auth: {
    'POST /api/v1/token/': {
      cells: every(200),
      call: ({ a }) => ({ body: { email: a.email, password: a.password } }),
    },
    'POST /api/v1/token/refresh/': {
      cells: [200, 200, 200, 200, 200, 200, 401, 200],
      call: ({ a }) => ({ body: { refresh: a.refresh } }),
    },
    'POST /api/v1/token/revoke/': {
      cells: every(204),
      call: ({ a }) => ({ body: { refresh: a.refresh } }),
    },
    'GET /.well-known/jwks.json': { cells: every(200) },
    // Who was a customer when the token was made is refused before the session is looked at.
    'GET /api/v1/users/': { cells: staffOnly(200) },
    'POST /api/v1/users/': { cells: every(201), call: () => ({ body: newUser() }) },
    'PUT /api/v1/users/': {
      // Names of `a`: for all others they are taken, or need a password.
      cells: [401, 200, 403, 403, 403, 401, 401, 401],
      call: ({ a }) => ({ body: { email: a.email, username: randomUUID() } }),
    },
    'DELETE /api/v1/users/': {
      cells: signedInNow(204),
      call: ({ a }) => ({ body: { current_password: a.password } }),
    },
    'GET /api/v1/users/me/': { cells: signedInNow(200) },
    'GET /api/v1/users/me/sessions/': { cells: signedInNow(200) },
    'DELETE /api/v1/users/me/sessions/{session_id}/': {
      cells: [401, 204, 404, 404, 404, 401, 401, 401],
      call: ({ a }) => ({ path: `/api/v1/users/me/sessions/${a.refresh.split('.')[0]}/` }),
    },
    'GET /api/v1/users/{id}/': { cells: [401, 200, 404, 200, 200, 401, 401, 401], call: user },
    'POST /api/v1/users/{id}/ revoke_sessions': {
      cells: [401, 200, 404, 200, 200, 401, 401, 401],
      call: (world) => ({ ...user(world), body: { action: 'revoke_sessions' } }),
    },
    'POST /api/v1/users/{id}/ deactivate': {
      cells: [401, 403, 404, 200, 200, 401, 401, 401],
      call: (world) => ({ ...user(world), body: { action: 'deactivate' } }),
    },
    'POST /api/v1/users/{id}/ activate': {
      cells: [401, 403, 404, 200, 200, 401, 401, 401],
      call: (world) => ({ ...user(world), body: { action: 'activate' } }),
    },
    'POST /api/v1/users/{id}/ grant_staff': {
      cells: [401, 403, 404, 403, 200, 401, 401, 401],
      call: (world) => ({ ...user(world), body: { action: 'grant_staff' } }),
    },
    'POST /api/v1/users/{id}/ revoke_staff': {
      cells: [401, 403, 404, 403, 200, 401, 401, 401],
      call: (world) => ({ ...user(world), body: { action: 'revoke_staff' } }),
    },
    'PUT /api/v1/users/{id}/': {
      cells: [401, 200, 404, 200, 200, 401, 401, 401],
      call: (world) => ({
        ...user(world),
        body: { ...newUser(), current_password: world.a.password },
      }),
    },
    'DELETE /api/v1/users/{id}/': { cells: [401, 204, 404, 204, 204, 401, 401, 401], call: user },
    'DELETE /api/v1/users/{id}/ of staff': {
      cells: [401, 404, 404, 204, 204, 401, 401, 401],
      call: ({ staff }) => ({ path: `/api/v1/users/${staff.id}/` }),
    },
    'DELETE /api/v1/users/{id}/ of a superuser': {
      cells: [401, 404, 404, 403, 204, 401, 401, 401],
      call: ({ superuser }) => ({ path: `/api/v1/users/${superuser.id}/` }),
    },
    'GET /api/v1/users/{id}/audit/': {
      cells: [401, 403, 403, 403, 200, 401, 403, 401],
      call: ({ a, house }) => {
        const { sql } = house.shop.db('auth')
        return sql`insert into audit (account_id, action) values (${a.id}, 'test')`
          .run()
          .then(() => ({ path: `/api/v1/users/${a.id}/audit/` }))
      },
    },
  },
  product: {
    'GET /api/v1/categories/': { cells: every(200) },
    'GET /api/v1/categories/{id}/': {
      cells: every(200),
      call: async (world) => ({ path: `/api/v1/categories/${await world.category()}/` }),
    },
    'GET /api/v1/categories/{id}/subcategories/': {
      cells: every(200),
      call: async (world) => ({
        path: `/api/v1/categories/${await world.category()}/subcategories/`,
      }),
    },
    'POST /api/v1/categories/': {
      cells: staffOnly(201),
      call: () => ({ body: { name: randomUUID() } }),
    },
    'PUT /api/v1/categories/{id}/': {
      cells: staffOnly(200),
      call: async (world) => ({
        path: `/api/v1/categories/${await world.category()}/`,
        body: { name: randomUUID() },
      }),
    },
    'DELETE /api/v1/categories/{id}/': {
      cells: staffOnly(204),
      call: async (world) => ({ path: `/api/v1/categories/${await world.category()}/` }),
    },
    'POST /api/v1/categories/{id}/subcategories/': {
      cells: staffOnly(201),
      call: async (world) => ({
        path: `/api/v1/categories/${await world.category()}/subcategories/`,
        body: { name: randomUUID() },
      }),
    },
    'PUT /api/v1/subcategories/{id}/': {
      cells: staffOnly(200),
      call: async (world) => ({
        path: `/api/v1/subcategories/${await world.subcategory()}/`,
        body: { name: randomUUID() },
      }),
    },
    'DELETE /api/v1/subcategories/{id}/': {
      cells: staffOnly(204),
      call: async (world) => ({ path: `/api/v1/subcategories/${await world.subcategory()}/` }),
    },
    'GET /api/v1/products/': { cells: every(200) },
    'POST /api/v1/products/': { cells: staffOnly(201), call: () => ({ body: wholeProduct }) },
    'GET /api/v1/products/{id}/': { cells: every(200), call: product },
    'GET /api/v1/products/by-slug/{slug}/': {
      cells: every(404),
      call: () => ({ path: `/api/v1/products/by-slug/${randomUUID()}/` }),
    },
    'PUT /api/v1/products/{id}/': {
      cells: [401, 403, 403, 403, 200, 401, 403, 401],
      call: async (world) => ({ ...(await product(world)), body: wholeProduct }),
    },
    'PATCH /api/v1/products/{id}/': {
      cells: [401, 403, 403, 403, 200, 401, 403, 401],
      call: async (world) => ({ ...(await product(world)), body: { price: '2.00' } }),
    },
    'DELETE /api/v1/products/{id}/': {
      cells: [401, 403, 403, 403, 204, 401, 403, 401],
      call: product,
    },
    'GET /api/v1/media/{name}': {
      cells: every(404),
      call: () => ({ path: `/api/v1/media/${'0'.repeat(64)}.webp` }),
    },
    'GET /internal/v1/products/': {
      cells: servicesOnly(200),
      call: () => ({ path: '/internal/v1/products/?ids=1' }),
    },
    'POST /internal/v1/events/': { cells: servicesOnly(204), call: event },
  },
  cart: {
    'GET /api/v1/cart/': { cells: guests(200) },
    'POST /api/v1/cart/add/': {
      cells: guests(200),
      call: async (world) => ({ body: { product_id: await world.product() } }),
    },
    'PATCH /api/v1/cart/items/{product_id}/': {
      cells: [404, 200, 200, 200, 200, 401, 200, 401],
      call: async (world) => ({ ...(await inCart(world)), body: { quantity: 2 } }),
    },
    'DELETE /api/v1/cart/items/{product_id}/': {
      cells: [404, 200, 200, 200, 200, 401, 200, 401],
      call: inCart,
    },
    'DELETE /api/v1/cart/': { cells: guests(200) },
    'POST /api/v1/cart/merge/': { cells: signedIn(200) },
    'POST /internal/v1/events/': { cells: servicesOnly(204), call: event },
  },
  review: {
    'POST /api/v1/reviews/': {
      cells: signedIn(201),
      call: async (world) => ({ body: { product_id: await world.product(), rating: 5 } }),
    },
    'GET /api/v1/reviews/{product_id}/': {
      cells: every(200),
      call: async (world) => ({ path: `/api/v1/reviews/${await world.product()}/` }),
    },
    'GET /api/v1/reviews/{review_id}/': { cells: every(200), call: review },
    'PUT /api/v1/reviews/{review_id}/': {
      cells: [401, 200, 403, 403, 403, 401, 200, 401],
      call: async (world) => ({ ...(await review(world)), body: { rating: 1 } }),
    },
    'DELETE /api/v1/reviews/{review_id}/': {
      cells: [401, 204, 403, 204, 204, 401, 204, 401],
      call: review,
    },
    'POST /api/v1/reviews/{review_id}/': {
      cells: staffOnly(200),
      call: async (world) => ({
        ...(await review(world)),
        body: { action: 'hide', reason: 'x' },
      }),
    },
    'POST /api/v1/reviews/{review_id}/votes/': {
      cells: [401, 403, 200, 200, 200, 401, 403, 401],
      call: vote,
    },
    'DELETE /api/v1/reviews/{review_id}/votes/': { cells: signedIn(200), call: vote },
    'GET /api/v1/reviews/mine/': { cells: signedIn(200) },
    'GET /api/v1/reviews/mine/votes/': {
      cells: signedIn(200),
      call: () => ({ path: '/api/v1/reviews/mine/votes/?product_id=1' }),
    },
    'GET /api/v1/reviews/': { cells: staffOnly(200) },
    'POST /internal/v1/events/': { cells: servicesOnly(204), call: event },
    'GET /internal/v1/ratings/': { cells: servicesOnly(200) },
  },
}
