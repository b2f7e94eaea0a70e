import assert from 'node:assert/strict'
import type { User } from '../../shared/http/contract.ts'
import { signService } from '../../shared/http/tokens.ts'
import type { CallOptions, Reply, Shop } from '../../shared/testing/shop.ts'

export const products = '/api/v1/products/'
export const categories = '/api/v1/categories/'

type Made = { id: number; name: string; slug: string; etag: string; path: string }

/** Puts a product into the shop, by staff unless said otherwise. */
export async function make(
  shop: Shop,
  body: Record<string, unknown> = {},
  as: CallOptions['as'] = 'staff',
): Promise<Made> {
  const whole = { name: 'Plain mug', price: '9.50', ...body }
  const reply = await shop.call('POST', products, { as, body: whole })
  assert.equal(reply.status, 201, reply.text)
  const { id, name, slug } = reply.body
  return { id, name, slug, etag: etagOf(reply), path: `${products}${id}/` }
}

/** A category's id. */
export async function makeCategory(shop: Shop, name: string): Promise<number> {
  const reply = await shop.call('POST', categories, { as: 'staff', body: { name } })
  assert.equal(reply.status, 201, reply.text)
  return reply.body.id
}

export async function makeSubcategory(shop: Shop, category: number, name: string): Promise<number> {
  const path = `${categories}${category}/subcategories/`
  const reply = await shop.call('POST', path, { as: 'staff', body: { name } })
  assert.equal(reply.status, 201, reply.text)
  return reply.body.id
}

export function etagOf(reply: Reply): string {
  return reply.headers.get('etag') ?? ''
}

/** Path and query of an absolute address, for the next call. */
export function targetOf(address: string): string {
  const { pathname, search } = new URL(address)
  return pathname + search
}

/** Names of a list's products, in order. */
export async function names(shop: Shop, query: string): Promise<string[]> {
  const reply = await shop.call('GET', `${products}?${query}`)
  assert.equal(reply.status, 200, reply.text)
  return reply.body.results.map((it: { name: string }) => it.name)
}

export function fieldsOf(reply: Reply): string[] {
  return (reply.body.errors ?? []).map((it: { field: string }) => it.field)
}

/** Headers of another service's call. */
export function asService(from: string): Record<string, string> {
  return { authorization: `Bearer ${signService(from, 'product')}` }
}

/** Sends an event as the review service would; a new one unless `id` is given. */
export function sendEvent(
  shop: Shop,
  topic: string,
  payload: unknown,
  id: string = crypto.randomUUID(),
): Promise<Reply> {
  return shop.call('POST', '/internal/v1/events/', {
    headers: asService('review'),
    body: { id, topic, at: new Date().toISOString(), payload },
  })
}

/** A second member of staff, who owns nothing of the first one's. */
export function colleague(shop: Shop): User {
  return { ...shop.user('staff'), id: '11111111-2222-7333-8444-555555555555', username: 'mo' }
}
