import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import { type Fault, fault } from '../http/errors.ts'
import { type Deadline, deadline } from './deadline.ts'
import { type Invocation, invocation, withInvocation } from './invocation.ts'
import { log } from './log.ts'
import { problemReply, type Reply } from './reply.ts'
import { translate } from './result.ts'
import type { Route } from './routes.ts'

/** Largest result of a function, as on Lambda. */
export const MAX_RESULT = 6 * 1024 * 1024

export type CallOptions = {
  requestId: string
  traceparent: string
  /** Milliseconds this call may take; over that it is answered 504. */
  timeoutMs: number
  /** Error answers carry the stack. */
  debug: boolean
}

type Pending = { fail: (error: unknown) => void }
const pending = new WeakMap<Invocation, Pending>()

/**
 * Calls the route's handler as Lambda would and gives what a client should get. Never rejects: a
 * throw, a bad or too large result is 500, no answer in time 504, each logged.
 */
export function call(
  route: Route,
  event: APIGatewayProxyEventV2,
  options: CallOptions,
): Promise<Reply> {
  const started = performance.now()
  const mine: Invocation = {
    requestId: options.requestId,
    functionName: route.functionName,
    service: route.service.name,
    traceparent: options.traceparent,
  }
  return new Promise((resolve) => {
    const failed = (failure: Fault, error?: unknown) =>
      resolve(
        problemReply(failure, event.rawPath, options.requestId, options.debug ? error : undefined),
      )
    const timer = deadline(options.timeoutMs, started, () => {
      context.expire()
      pending.delete(mine)
      log.error('function did not answer in time', {
        ...whoOf(mine),
        elapsed_ms: Math.round(performance.now() - started),
        last_message: mine.lastMessage ?? null,
        hint: 'a promise that never settles, or a dependency without a time limit',
      })
      failed(fault('timeout'))
    })
    const context = new CallContext(route, options, timer)
    const crashed = (error: unknown) => {
      if (!pending.delete(mine)) return
      timer.clear()
      log.error('function failed', { ...whoOf(mine), error: asError(error) })
      failed(fault('internal'), error)
    }
    pending.set(mine, { fail: crashed })
    withInvocation(mine, () => route.endpoint.handler(event, context)).then((result: unknown) => {
      if (!pending.delete(mine)) return
      timer.clear()
      const translated = translate(result)
      const wrong =
        translated.fault ??
        (Buffer.byteLength(translated.body) > MAX_RESULT ? 'the result is over 6 MB' : undefined)
      if (wrong === undefined) return resolve(translated)
      log.error('function gave a bad result', { ...whoOf(mine), problem: wrong })
      failed(fault('internal'), options.debug ? new Error(wrong) : undefined)
    }, crashed)
  })
}

/**
 * Answers the call in which this error surfaced outside of its promise; false when there is no
 * such call, or it has been answered.
 */
export function failCurrent(error: unknown): boolean {
  const current = invocation()
  const waiting = current && pending.get(current)
  waiting?.fail(error)
  return waiting !== undefined
}

function whoOf(mine: Invocation) {
  return {
    service: mine.service,
    function_name: mine.functionName,
    function_request_id: mine.requestId,
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** Lambda's context object, and a signal that is aborted when the deadline has passed. */
class CallContext implements Context {
  readonly functionName: string
  readonly functionVersion = '$LATEST'
  readonly invokedFunctionArn: string
  readonly memoryLimitInMB: string
  readonly awsRequestId: string
  readonly logGroupName: string
  readonly logStreamName = `${process.pid}`
  readonly clientContext = undefined
  readonly identity = undefined
  callbackWaitsForEmptyEventLoop = false
  readonly #deadline: Deadline
  #abort: AbortController | undefined

  constructor(route: Route, options: CallOptions, timer: Deadline) {
    this.functionName = route.functionName
    this.invokedFunctionArn = `arn:aws:lambda:local:000000000000:function:${route.functionName}`
    this.memoryLimitInMB = String(route.endpoint.contract.memory ?? 256)
    this.awsRequestId = options.requestId
    this.logGroupName = `/aws/lambda/${route.functionName}`
    this.#deadline = timer
  }

  getRemainingTimeInMillis(): number {
    return Math.round(this.#deadline.left())
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController()
      if (this.#deadline.left() <= 0) this.expire()
    }
    return this.#abort.signal
  }

  expire(): void {
    this.#abort?.abort(new DOMException('The deadline has passed', 'TimeoutError'))
  }

  done(): void {
    throw new Error('done() is not supported: return a promise')
  }
  fail(): void {
    throw new Error('fail() is not supported: return a promise')
  }
  succeed(): void {
    throw new Error('succeed() is not supported: return a promise')
  }
}
