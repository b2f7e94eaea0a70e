import * as z from 'zod'
import { client } from '../../discovery/client.ts'
import type { Request } from '../../shared/http/contract.ts'
import { log } from '../../shared/runtime/log.ts'
import { Product } from './model.ts'
import type { Facts } from './rules.ts'

/** Milliseconds: a cart is shown without an answer, but nothing can be put in. */
export const patience = { show: 250, change: 800 }
const MOST_IDS = 100
/** Calls of this process at once, well under what the client lets through. */
const MOST_CALLS = 16

const Reply = z.object({ results: z.array(Product).max(MOST_IDS) })
const { call } = client('cart')

type Wish = {
  ids: readonly number[]
  request: Request
  ms: number
  settle: (facts: Facts | undefined) => void
}

const wishes: Wish[] = []
let calls = 0
let isScheduled = false

/**
 * What the product service says of these products, at most 100; undefined when it cannot be had
 * within `ms`. Wishes of the same moment share a call: a thousand at once would else be refused by
 * our own bulkhead. One never joins a call that is under way, whose answer may be older than it.
 */
export function factsOf(
  ids: readonly number[],
  request: Request,
  ms: number,
): Promise<Facts | undefined> {
  if (ids.length === 0) return Promise.resolve(new Map())
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      const at = wishes.indexOf(wish)
      if (at >= 0) wishes.splice(at, 1)
      resolve(undefined)
    }, ms)
    const settle = (facts: Facts | undefined) => {
      clearTimeout(timer)
      resolve(facts)
    }
    const wish: Wish = { ids, request, ms, settle }
    wishes.push(wish)
    schedule()
  })
}

function schedule() {
  if (isScheduled) return
  isScheduled = true
  setImmediate(() => {
    isScheduled = false
    while (wishes.length > 0 && calls < MOST_CALLS) void grant(nextBatch())
  })
}

/** As many wishes, in their order, as fit into one call. */
function nextBatch(): { ids: number[]; batch: Wish[] } {
  const ids = new Set<number>()
  const batch: Wish[] = []
  for (const wish of wishes) {
    const more = wish.ids.filter((id) => !ids.has(id))
    if (batch.length > 0 && ids.size + more.length > MOST_IDS) break
    for (const id of more) ids.add(id)
    batch.push(wish)
  }
  wishes.splice(0, batch.length)
  return { ids: [...ids].sort((a, b) => a - b), batch }
}

async function grant({ ids, batch }: { ids: number[]; batch: Wish[] }) {
  calls++
  const facts = await ask(ids, batch)
  calls--
  for (const { settle } of batch) settle(facts)
  if (wishes.length > 0) schedule()
}

async function ask(ids: number[], batch: readonly Wish[]): Promise<Facts | undefined> {
  const [first] = batch
  if (!first) return undefined
  const { id, traceparent } = first.request
  const remaining = () => Math.max(...batch.map(({ request }) => request.remaining()))
  try {
    const { results } = await call(
      'product',
      {
        path: '/internal/v1/products/',
        query: { ids: ids.join(',') },
        request: { id, traceparent, remaining },
        timeoutMs: Math.max(...batch.map(({ ms }) => ms)),
      },
      Reply,
    )
    return new Map(results.map((product) => [product.id, product]))
  } catch (error) {
    log.debug('no word from the product service', { error })
    return undefined
  }
}
