import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import { type Fault, fault } from '../http/errors.ts'
import type { Handler } from '../http/service.ts'
import { Deadline } from './deadline.ts'
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

/**
 * Calls the route's handler as Lambda would and gives what a client should get. Never rejects: a
 * throw, a bad or too large result is 500, no answer in time 504, each logged.
 */
export function call(
  route: Route,
  event: APIGatewayProxyEventV2,
  options: CallOptions,
): Promise<Reply> {
  return new Promise((resolve) => new Running(route, event.rawPath, options, resolve).start(event))
}

/**
 * Answers the call in which this error surfaced outside of its promise; false when there is no
 * such call, or it has been answered.
 */
export function failCurrent(error: unknown): boolean {
  return invocation()?.call?.fail(error) ?? false
}

/** A call that is under way, and how it ends, which it does once. */
class Running {
  /** What is begun inside and stays, as timers and connections, keeps this; so it must lead to nothing large. */
  readonly #seen: Invocation
  readonly #handler: Handler
  readonly #path: string
  readonly #debug: boolean
  readonly #resolve: (reply: Reply) => void
  readonly #started = performance.now()
  readonly #timer: Deadline
  readonly #context: CallContext
  #isOver = false

  constructor(route: Route, path: string, options: CallOptions, resolve: (reply: Reply) => void) {
    this.#seen = {
      requestId: options.requestId,
      functionName: route.functionName,
      service: route.service.name,
      traceparent: options.traceparent,
      call: this,
    }
    this.#handler = route.endpoint.handler
    this.#path = path
    this.#debug = options.debug
    this.#resolve = resolve
    this.#timer = new Deadline(options.timeoutMs, this.#started, this)
    this.#context = new CallContext(route, options.requestId, this.#timer)
  }

  start(event: APIGatewayProxyEventV2): void {
    try {
      const work = withInvocation(this.#seen, () => this.#handler(event, this.#context))
      Promise.resolve(work).then(
        (result) => this.answered(result),
        (error) => this.fail(error),
      )
    } catch (error) {
      this.fail(error)
    }
  }

  /** False when it has ended before. */
  fail(error: unknown): boolean {
    if (this.#isOver) return false
    this.#end()
    log.error('function failed', { ...whoOf(this.#seen), error: asError(error) })
    this.#problem(fault('internal'), error)
    return true
  }

  answered(result: unknown): void {
    if (this.#isOver) return
    this.#end()
    const translated = translate(result)
    const wrong =
      translated.fault ?? (isTooLarge(translated.body) ? 'the result is over 6 MB' : undefined)
    if (wrong === undefined) {
      this.#resolve(translated)
      return
    }
    log.error('function gave a bad result', { ...whoOf(this.#seen), problem: wrong })
    this.#problem(fault('internal'), new Error(wrong))
  }

  /** In the deadline's name. */
  expire(): void {
    this.#context.expire()
    this.#end()
    log.error('function did not answer in time', {
      ...whoOf(this.#seen),
      elapsed_ms: Math.round(performance.now() - this.#started),
      last_message: this.#seen.lastMessage ?? null,
      hint: 'a promise that never settles, or a dependency without a time limit',
    })
    this.#problem(fault('timeout'))
  }

  #end(): void {
    this.#isOver = true
    this.#seen.call = undefined
    this.#timer.clear()
  }

  #problem(failure: Fault, error?: unknown): void {
    const shown = this.#debug ? error : undefined
    this.#resolve(problemReply(failure, this.#path, this.#seen.requestId, shown))
  }
}

function isTooLarge(body: Buffer | string): boolean {
  // A character takes three bytes at most: few have to be counted.
  return body.length * 3 > MAX_RESULT && Buffer.byteLength(body) > MAX_RESULT
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

  constructor(route: Route, requestId: string, timer: Deadline) {
    this.functionName = route.functionName
    this.invokedFunctionArn = `arn:aws:lambda:local:000000000000:function:${route.functionName}`
    this.memoryLimitInMB = String(route.endpoint.contract.memory ?? 256)
    this.awsRequestId = requestId
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
