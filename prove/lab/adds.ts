import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Agent } from 'undici'
import { type Entry, outcomeOf, recorder } from '../../shared/testing/history.ts'

/** Adds to carts at a steady rate, each with its key and tried, when the service says so, until it is done. */
export type Adds = {
  entries: Entry[]
  /** How often each status came; 0: no answer. */
  statuses: Map<number, number>
  /** Why answers did not come. */
  errors: Set<string>
  /** When each answer came, on the clock of `performance.now()`, and how long it took. */
  answers: { at: number; ms: number; status: number }[]
  /** Starts no more adds, and waits for the last answers. */
  stop(): Promise<void>
}

const PATIENCE = 30_000

/** `carts` are guest cookies; a line is named `<place of its cart>/<product>`. */
export function startAdds(options: {
  urls: readonly string[]
  carts: readonly string[]
  products: readonly number[]
  perSecond: number
  random: () => number
  /** Where entries go when all are in. */
  history: Entry[]
}): Adds {
  const { urls, carts, products, perSecond, random, history } = options
  const { entries, run } = recorder()
  const statuses = new Map<number, number>()
  const answers: Adds['answers'] = []
  const errors = new Set<string>()
  const open = new Set<Promise<void>>()
  const agent = new Agent({ connections: 2_000, headersTimeout: 8_000, bodyTimeout: 8_000 })
  let isOver = false

  async function attempt(url: string, cookie: string, product: number, key: string) {
    const began = performance.now()
    let status = 0
    let seconds = 0
    try {
      const reply = await agent.request({
        origin: url,
        path: '/api/v1/cart/add/',
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ product_id: product }),
      })
      await reply.body.text()
      status = reply.statusCode
      seconds = Number(reply.headers['retry-after'] ?? 0)
    } catch (error) {
      errors.add(String(error))
      throw error
    } finally {
      const at = performance.now()
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      answers.push({ at, ms: at - began, status })
    }
    // Told to come again, nobody says whether it was done: another attempt may be at it.
    return { outcome: status === 409 ? ('unknown' as const) : outcomeOf(status), seconds }
  }

  async function one() {
    const at = Math.floor(random() * carts.length)
    const product = products[Math.floor(random() * products.length)] ?? 0
    const key = randomUUID()
    const until = performance.now() + PATIENCE
    for (let again = 0; performance.now() < until; again++) {
      const url = urls[again % urls.length] ?? ''
      const entry = { op: 'add', key: `${at}/${product}`, id: key, value: 1 } as const
      let wait = 0
      const outcome = await run(entry, async () => {
        const answer = await attempt(url, carts[at] ?? '', product, key)
        wait = answer.seconds * 1000
        return answer
      })
      if (outcome !== 'unknown') return
      await pause(wait + 50 + random() * 200)
    }
  }

  const began = performance.now()
  let started = 0
  const timer = setInterval(() => {
    if (isOver) return
    for (const due = ((performance.now() - began) / 1000) * perSecond; started < due; started++) {
      const work = one().finally(() => open.delete(work))
      open.add(work)
    }
  }, 5)
  return {
    entries,
    statuses,
    errors,
    answers,
    async stop() {
      isOver = true
      clearInterval(timer)
      await Promise.all(open)
      await agent.close()
      for (const it of entries) history.push(it)
    },
  }
}
