import * as z from 'zod'
import { client } from '../../discovery/client.ts'
import type { Request } from '../../shared/http/contract.ts'
import { knowAtOnce } from './queries/known.ts'

type Asking = Pick<Request, 'id' | 'traceparent' | 'remaining'>

const Snapshots = z.object({
  results: z.array(z.object({ product_id: z.int(), version: z.int(), name: z.string() })),
})

/** Calls under way by product: those who ask for one at the same time share the answer. */
const asked = new Map<number, Promise<boolean>>()

/**
 * Asks the product service for a product that no event has told of yet, and keeps what it says.
 * Whether there is one. Fails with `unavailable` when the service cannot be asked.
 */
export function lookUpProduct(productId: number, request: Asking): Promise<boolean> {
  const underWay = asked.get(productId)
  if (underWay) return underWay
  const asking = ask(productId, request).finally(() => asked.delete(productId))
  asked.set(productId, asking)
  return asking
}

async function ask(productId: number, request: Asking): Promise<boolean> {
  const path = '/internal/v1/products/'
  const options = { path, query: { ids: productId }, request }
  const { results } = await client('review').call('product', options, Snapshots)
  const found = results.find((it) => it.product_id === productId)
  if (!found) return false
  await knowAtOnce({ id: productId, version: found.version, name: found.name })
  return true
}
