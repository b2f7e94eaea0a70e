import * as z from 'zod'
import type { Delivery } from '../shared/data/outbox.ts'
import type { Method } from '../shared/http/contract.ts'
import { fault } from '../shared/http/errors.ts'
import { within } from '../shared/runtime/within.ts'
import type { Lease } from './balancer.ts'
import { type Answer, type CallOptions, closeConnections, exchange } from './exchange.ts'
import { closeResolver, resolver } from './resolver.ts'
import { forgetUpstreams, type Upstream, UpstreamFault, upstream } from './upstream.ts'

export { type CallOptions, UpstreamRefusal } from './exchange.ts'

/** An event as the outbox hands it over. */
type Event = Pick<Delivery, 'id' | 'topic' | 'to' | 'payload' | 'traceparent' | 'createdAt'>

export type Client = {
  /**
   * Calls an endpoint of a service and gives its answer, checked.
   * @throws Fault `unavailable` when it cannot be had in time, `timeout` when no time is left at all
   * @throws UpstreamRefusal when the service answers 4xx
   */
  call<T>(service: string, options: CallOptions, reply: z.ZodType<T>): Promise<T>
  /** Hands an event to the service it is for, which takes it once however often it comes. */
  deliver(event: Event): Promise<void>
}

const DEFAULT_TIMEOUT_MS = 800
const DELIVER_TIMEOUT_MS = 5_000
/** Of the caller's remaining time, kept for making its own answer. */
const RESERVE_MS = 20
const IDEMPOTENT: ReadonlySet<Method> = new Set(['GET', 'PUT', 'DELETE'])
const SOUND_PATH = /^\/[\w\-.~%:@!$&'()*+,;=/]*$/

/** The calls of one service to the others; connections and breakers are the process's own. */
export function client(caller: string): Client {
  return {
    call: (service, options, reply) => call(caller, service, options, reply),
    async deliver({ id, topic, to, payload, traceparent, createdAt }) {
      await call(
        caller,
        to,
        {
          method: 'POST',
          path: '/internal/v1/events/',
          body: { id, topic, at: createdAt, payload },
          request: { id, traceparent, remaining: () => Number.POSITIVE_INFINITY },
          timeoutMs: DELIVER_TIMEOUT_MS,
          idempotencyKey: id,
        },
        z.undefined(),
      )
    },
  }
}

/** For `/readyz`: whether instances are found by asking, and whether the asked one answers. */
export function discoveryState() {
  return resolver().state()
}

/** Ends watches and connections, so that the process can end; the next call opens anew. */
export async function closeDiscovery(): Promise<void> {
  closeResolver()
  forgetUpstreams()
  await closeConnections()
}

type Attempt<T> = (url: string, ms: number) => Promise<Answer<T>>

async function call<T>(
  caller: string,
  service: string,
  options: CallOptions,
  reply: z.ZodType<T>,
): Promise<T> {
  const left = (options.request?.remaining() ?? Number.POSITIVE_INFINITY) - RESERVE_MS
  const total = Math.min(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, left)
  if (total < 1) throw fault('timeout', 'No time is left to ask another service')
  if (!SOUND_PATH.test(options.path) || /(^|\/)\.{1,2}(\/|$)/.test(options.path))
    throw new Error(`Not a path: ${options.path}`)
  const up = upstream(service)
  try {
    const deadline = performance.now() + total
    const attempt: Attempt<T> = (url, ms) => exchange(caller, service, options, reply, url, ms)
    const answer = await up.guard(() => twice(up, service, options, attempt, deadline))
    if (answer.ok) return answer.value
    throw answer.refusal
  } catch (error) {
    if (!(error instanceof UpstreamFault)) throw error
    throw fault('unavailable', `The ${service} service is not available`, { cause: error })
  }
}

/** Tries one endpoint, and once another if the call may be sent twice and the budget allows. */
async function twice<T>(
  up: Upstream,
  service: string,
  options: CallOptions,
  attempt: Attempt<T>,
  deadline: number,
): Promise<Answer<T>> {
  const late = () => new UpstreamFault('no instance found in time')
  const endpoints = await within(deadline - performance.now(), resolver().endpoints(service), late)
  const isSafe = IDEMPOTENT.has(options.method ?? 'GET') || options.idempotencyKey !== undefined
  const first = up.balancer.take(endpoints)
  if (!first) throw new UpstreamFault(`no instance of ${service} is known`)
  try {
    return await tried(first, attempt, deadline - performance.now())
  } catch (error) {
    const left = deadline - performance.now()
    if (!(error instanceof UpstreamFault) || !isSafe || left < 1) throw error
    if (endpoints.length < 2 || !up.mayRetry()) throw error
    const second = up.balancer.take(endpoints, first.url)
    if (!second) throw error
    return tried(second, attempt, left)
  }
}

async function tried<T>(lease: Lease, attempt: Attempt<T>, ms: number) {
  try {
    const answer = await attempt(lease.url, ms)
    lease.done(true)
    return answer
  } catch (error) {
    lease.done(error instanceof UpstreamFault ? false : undefined)
    throw error
  }
}
