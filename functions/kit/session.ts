import type { Role } from '../../shared/testing/tokens.ts'
import type { Replay } from './replay.ts'

/** One call of a session, and what a fresh shop answers to it. */
export type Fixture = {
  method: string
  target: string
  headers: Record<string, string>
  body?: string
  as?: Role
  answer: { status: number; body: unknown }
}

/** What the caller chose; the rest of the headers was made on the way. */
const CHOSEN = /^(accept|accept-language|content-type|if-(none-)?match|idempotency-key|x-cart)/
/** Made anew with each answer: held by its presence. */
const VOLATILE = /^(request_id|stack|created_at|updated_at|date_joined|last_login|next|previous)$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function fixtureOf({ event, as, recorded }: Replay): Fixture {
  const query = event.rawQueryString === '' ? '' : `?${event.rawQueryString}`
  const headers = Object.entries(event.headers).filter(([name]) => CHOSEN.test(name))
  const body = event.body
  return {
    method: event.requestContext.http.method,
    target: `${event.rawPath.split('/').map(encodeURIComponent).join('/')}${query}`,
    headers: Object.fromEntries(headers) as Record<string, string>,
    ...(body === undefined
      ? {}
      : { body: event.isBase64Encoded ? Buffer.from(body, 'base64').toString() : body }),
    ...(as === 'customer' || as === 'staff' || as === 'superuser' ? { as } : {}),
    answer: { status: recorded.status, body: null },
  }
}

/** Makes the calls in order on a fresh shop; gives the answers, without what is never the same. */
export async function play(fixtures: readonly Fixture[]): Promise<Fixture['answer'][]> {
  const [{ openShop }, { services }] = await Promise.all([
    import('../../shared/testing/shop.ts'),
    import('../catalog.ts'),
  ])
  const shop = await openShop(services)
  try {
    const answers: Fixture['answer'][] = []
    for (const { method, target, headers, body, as } of fixtures) {
      const sent = body === undefined ? {} : { bytes: body }
      const reply = await shop.call(method, target, { headers, as, ...sent })
      answers.push({ status: reply.status, body: steady(reply.body) ?? null })
    }
    return answers
  } finally {
    await shop.close()
  }
}

/** The same for two runs of the same code. */
export function steady(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(steady)
  if (typeof value === 'string') return UUID.test(value) ? '(uuid)' : value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, it]) => [key, VOLATILE.test(key) ? '(differs)' : steady(it)]),
  )
}

export function testText(name: string): string {
  return `import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Fixture, play } from '../kit/session.ts'

const file = join(import.meta.dirname, '${name}.json')
const fixtures: Fixture[] = JSON.parse(readFileSync(file, 'utf8'))

test('${name}: a fresh shop answers as when this was recorded', async () => {
  const answers = await play(fixtures)
  for (const [at, { method, target, answer }] of fixtures.entries())
    assert.deepEqual(answers[at], answer, \`\${method} \${target}\`)
})
`
}
