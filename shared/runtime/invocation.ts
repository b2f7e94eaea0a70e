import { InvokeStore, InvokeStoreBase } from '@aws/lambda-invoke-store'

/** What is known about the call being answered; one object per call, never shared. */
export type Invocation = {
  requestId: string
  functionName: string
  /** W3C trace context, passed on to every service called. */
  traceparent?: string | undefined
  service: string
  /** Statements sent to PostgreSQL by this call so far. */
  queries?: number
  /** For PostgreSQL so far. */
  wait?: Wait
  /** The message last logged by this call; told when it never answers. */
  lastMessage?: string
  /** The call itself until it has ended: fails it, or gives false when it has ended. */
  call?: { fail(error: unknown): boolean } | undefined
}

/** Time that a call has spent waiting, ms, and since when it waits for how many. */
export type Wait = { ms: number; since: number; open: number }

const { REQUEST_ID, TRACEPARENT } = InvokeStoreBase.PROTECTED_KEYS
const key = Symbol.for('souk.invocation')

let store: InvokeStoreBase | undefined
let opening: Promise<InvokeStoreBase> | undefined

/** Runs `work` as one invocation: its log lines and statements are told apart from all others. */
export function withInvocation<T>(
  invocation: Invocation,
  work: () => T | Promise<T>,
): T | Promise<T> {
  if (!store) {
    return open().then((opened) => {
      store = opened
      return withInvocation(invocation, work)
    })
  }
  const context = {
    [REQUEST_ID]: invocation.requestId,
    [TRACEPARENT]: invocation.traceparent,
    [key]: invocation,
  }
  return store.run(context, work)
}

/** The invocation that this code runs in; undefined outside of one. */
export function invocation(): Invocation | undefined {
  return (store ?? globalThis.awslambda?.InvokeStore)?.get<Invocation>(key)
}

function open() {
  // Powertools and the store choose the variant for overlapping calls by this variable's presence.
  process.env.AWS_LAMBDA_MAX_CONCURRENCY ??= '64'
  opening ??= InvokeStore.getInstanceAsync()
  return opening
}
