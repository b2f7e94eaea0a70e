import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { redact } from './redact.ts'
import type { Reply } from './reply.ts'

type Summary = { id: string; function: string; time: string; ms: number; status: number }

/** One call as it was, secrets blanked as in the log. */
export type Recorded = Summary & {
  /** Whose token the call carried, as that says; the token itself is not kept. */
  as?: 'customer' | 'staff' | 'superuser' | 'service'
  event: APIGatewayProxyEventV2
  reply: { status: number; headers: Record<string, string>; body: string }
}

/** The last calls: for looking at and replaying, in development only. */
export type Recent = {
  add(functionName: string, event: APIGatewayProxyEventV2, reply: Reply, ms: number): void
  /** Newest first. */
  list(): Summary[]
  find(id: string): Recorded | undefined
}

const LONGEST_BODY = 64 * 1024

/**
 * @param file where a process leaves its calls when it ends, and finds those of the one before: who
 * develops replaces it with each save
 */
export function recentCalls(most = 200, file = process.env.SOUK_KEEP_CALLS): Recent {
  const ring: Recorded[] = []
  // Read when asked for: the one before ends after this one has begun.
  const all = () => [...(file ? readKept(file) : []), ...ring].slice(-most)
  if (file) process.once('exit', () => keep(file, all()))
  return {
    add(functionName, event, { status, headers, body }, ms) {
      if (ring.length >= most) ring.shift()
      ring.push({
        id: event.requestContext.requestId,
        function: functionName,
        time: new Date(event.requestContext.timeEpoch).toISOString(),
        ms: Math.round(ms * 10) / 10,
        status,
        ...roleOf(event.headers.authorization),
        event: blank(event.body === undefined ? event : { ...event, body: blankBody(event.body) }),
        reply: blank({
          status,
          headers: Object.fromEntries(headers),
          body: blankBody(body.toString()),
        }),
      })
    },
    list: () =>
      all()
        .map(({ event: _event, reply: _reply, ...summary }) => summary)
        .reverse(),
    find: (id) => all().findLast((it) => it.id === id),
  }
}

function readKept(file: string): Recorded[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return []
  }
}

/** Whole or not at all: the next process may be reading. */
function keep(file: string, calls: readonly Recorded[]): void {
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(calls), { mode: 0o600 })
  renameSync(`${file}.${process.pid}`, file)
}

/** Not verified: the function has done that, and this decides nothing. */
function roleOf(authorization: string | undefined): Pick<Recorded, 'as'> {
  const [head, payload] = authorization?.replace(/^Bearer /i, '').split('.') ?? []
  if (!payload) return {}
  try {
    if (decode(head).typ === 'svc+jwt') return { as: 'service' }
    const { staff, superuser } = decode(payload)
    return { as: superuser === true ? 'superuser' : staff === true ? 'staff' : 'customer' }
  } catch {
    return {}
  }
}

function decode(part = ''): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

function blank<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, redact))
}

function blankBody(text: string): string {
  if (text.length > LONGEST_BODY) return `${text.slice(0, 200)}… (${text.length} characters)`
  try {
    return JSON.stringify(JSON.parse(text), redact)
  } catch {
    return text
  }
}
