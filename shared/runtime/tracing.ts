import { invocation } from './invocation.ts'

/** What a span says beside its name. Names, numbers and our own words: never a value from a user. */
export type Attributes = Record<string, string | number | boolean | undefined>

export type SpanKind = 'server' | 'client' | 'producer'

export type Outcome = {
  name?: string
  attributes?: Attributes
  /** A short word for what went wrong: a status, a code, the name of an error; never its message. */
  error?: string | undefined
}

/** A piece of work under way. */
export type Span = {
  /** W3C trace context for what this leads to elsewhere. */
  readonly traceparent: string
  /** Takes effect once. */
  end(outcome?: Outcome): void
}

export type Tracing = {
  /** Without a sound `parent`, a W3C trace context, a new trace begins. */
  start(name: string, kind: SpanKind, parent: string | undefined, attributes?: Attributes): Span
  /** Sends what is left, for a moment; never rejects. */
  close(): Promise<void>
}

let current: Tracing | undefined

/** Who traces this process; undefined in most. */
export function tracing(): Tracing | undefined {
  return current
}

export function useTracing(given: Tracing | undefined): void {
  current = given
}

/**
 * Does `work` as a span of the call that it belongs to. Just does it where nobody traces, or where it
 * belongs to no call: polls and the like would be traces of nothing.
 */
export async function spanned<T>(
  name: string | (() => string),
  attributes: () => Attributes,
  work: (span: Span | undefined) => Promise<T>,
  parent = invocation()?.traceparent,
): Promise<T> {
  if (!current || parent === undefined) return work(undefined)
  const text = typeof name === 'string' ? name : name()
  const span = current.start(text, 'client', parent, attributes())
  try {
    const result = await work(span)
    span.end()
    return result
  } catch (error) {
    span.end({ error: errorWord(error) })
    throw error
  }
}

/** The code of an error, as PostgreSQL's `23505` and Node's `ECONNRESET`, else its class. */
export function errorWord(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^\w{1,40}$/.test(code) ? code : error.name
}
