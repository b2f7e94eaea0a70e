import type { Stored } from '../data/cache.ts'
import { notModifiedHeaders } from '../http/cached.ts'
import { etagMatches } from '../http/conditional.ts'
import type { Contract } from '../http/contract.ts'
import type { Marks } from './reply.ts'
import type { Route } from './routes.ts'
import { type KeptLines, keptLines, type Outlet } from './transport.ts'

/** What is stored for a cacheable GET and may be served now; at once where it can be. */
export type Peek = (
  contract: Contract,
  key: string,
) => Stored | undefined | Promise<Stored | undefined>

/** Where a request that has been answered from the store leads. */
export type Place = { route: Route; params: Record<string, string>; key: string }

const MOST = 4096
const LONGEST = 512

/**
 * Remembers which origin and target lead to which stored answer, so that the next one costs a look-up.
 * Bounded: two generations of 4,096; what is asked for moves to the younger one.
 */
export function places(): {
  recall(name: string): Place | undefined
  remember(name: string, place: Place): void
} {
  let young = new Map<string, Place>()
  let old = new Map<string, Place>()
  const remember = (name: string, place: Place) => {
    if (name.length > LONGEST) return
    if (young.size >= MOST) {
      old = young
      young = new Map()
    }
    young.set(name, place)
  }
  return {
    remember,
    recall(name) {
      const found = young.get(name)
      if (found) return found
      const older = old.get(name)
      if (older) remember(name, older)
      return older
    },
  }
}

type Prepared = { whole: KeptLines; notModified: KeptLines }
const prepared = new WeakMap<Stored, Prepared>()

/** Answers with stored bytes, or 304 when the client has them; gives the status sent. */
export function sendStored(
  outlet: Outlet,
  method: string,
  stored: Stored,
  ifNoneMatch: string | undefined,
  marks: Marks,
  cors: Record<string, string> | undefined,
): number {
  const ready = prepared.get(stored) ?? prepare(stored)
  const same = ifNoneMatch !== undefined && etagMatches(ifNoneMatch, stored.etag, 'weak')
  const status = same ? 304 : stored.status
  const isHead = !same && method === 'HEAD'
  const lines = [
    'x-request-id',
    marks.requestId,
    'traceparent',
    marks.traceparent,
    'x-served-by',
    marks.servedBy,
  ]
  if (isHead) lines.push('content-length', String(stored.body.length))
  outlet.send({
    status,
    kept: replaced(same ? ready.notModified : ready.whole, cors),
    lines,
    body: same || isHead ? undefined : stored.body,
    close: marks.close,
  })
  return status
}

/** Header lines are made once per stored answer. */
function prepare(stored: Stored): Prepared {
  const hit = ['server-timing', 'cache;desc=hit']
  const whole = Object.entries<string>(stored.headers).filter(([name]) => !REPLACED.has(name))
  const ready: Prepared = {
    whole: keptLines([...whole.flat(), ...hit]),
    notModified: keptLines([
      ...Object.entries(notModifiedHeaders(Object.fromEntries(whole))).flat(),
      ...hit,
    ]),
  }
  prepared.set(stored, ready)
  return ready
}

/** Lines with those of `cors` in the place of what has their names. */
function replaced(kept: KeptLines, cors: Record<string, string> | undefined): KeptLines {
  if (!cors) return kept
  const lines: string[] = []
  for (let at = 0; at + 1 < kept.list.length; at += 2) {
    const [name = '', value = ''] = kept.list.slice(at, at + 2)
    if (!Object.hasOwn(cors, name)) lines.push(name, value)
  }
  return keptLines([...lines, ...Object.entries(cors).flat()])
}

const REPLACED = new Set(['content-length', 'x-request-id', 'traceparent', 'x-served-by'])
