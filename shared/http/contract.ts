import type * as z from 'zod'
import type { ErrorCode } from './errors.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Who may call. `anyone`: a token is not looked at; `optional`: a guest, or a user whose token must
 * then be good; `service`: another service of this system, by a service token, under /internal/v1/.
 */
export type Access = 'anyone' | 'optional' | 'user' | 'staff' | 'superuser' | 'service'

/** The names between braces in a path: `'/a/{x}/{y}/'` → `'x' | 'y'`. */
export type ParamNames<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never

export type Shape = Readonly<Record<string, z.ZodType>>
type ParamsOf<P extends string> = { readonly [K in ParamNames<P>]: z.ZodType }

export type Throttle = {
  /** What is counted: the client's address, or a value the endpoint names itself (said in `about`). */
  by: 'address' | 'account'
  limit: number
  seconds: number
  about?: string
}

/** How a public GET may be stored: answered again as bytes until one of its tags is touched. */
export type CacheRule<Params, Query> = {
  // A method, not a property: bivariant, so that every contract is a `Spec`.
  tags(call: { params: Params; query: Query }): string[]
  /** Seconds after which it is made again although no tag changed (for counters that may lag). */
  seconds: number
}

export type Upload = {
  /** Name of the part that carries the file. */
  part: string
  /** Bytes of the whole multipart body. */
  maxBytes: number
  /** The other parts, all strings, into the same output as `body`. */
  fields: z.ZodType
}

type Out<T> = T extends z.ZodType ? z.output<T> : undefined
type OutShape<T extends Shape> = { [K in keyof T]: z.output<T[K]> }

export type Spec<
  P extends string = string,
  A extends Access = Access,
  Params extends Shape = Shape,
  Query extends z.ZodObject | undefined = z.ZodObject | undefined,
  Body extends z.ZodType | undefined = z.ZodType | undefined,
  Reply extends z.ZodType | undefined = z.ZodType | undefined,
  E extends ErrorCode = ErrorCode,
  M extends Method = Method,
> = {
  method: M
  path: P
  summary: string
  /** More than the summary says, for the documentation; Markdown. */
  about?: string
  access: A
  /** One schema per name between braces; `id.integer`, `id.uuid`, `id.text` of params.ts. */
  params?: Params
  /** Unknown keys are ignored, known ones must fit. */
  query?: Query
  /** A strict object: unknown keys are refused. */
  body?: Body
  upload?: Upload
  /** Status of the good answer; 200, or 204 when there is no reply. */
  status?: number
  reply?: Reply
  /** Content types of a good answer that is not JSON. */
  bytes?: readonly string[]
  /** Codes the work itself may fail with; those every call can meet need no mention. */
  errors?: readonly E[]
  cache?: CacheRule<
    OutShape<Params>,
    Query extends z.ZodType ? z.output<Query> : Record<string, never>
  >
  /** Takes an `Idempotency-Key`. */
  idempotent?: boolean
  throttle?: readonly Throttle[]
  /** For browsers: this endpoint may be called with credentials from an allowed origin. */
  credentials?: boolean
  /** Seconds; 30. */
  timeout?: number
  /** MB on Lambda; 256. */
  memory?: number
  /** Most calls at once in one process, over that 429; and reserved concurrency on Lambda. */
  concurrency?: number
  /** Request examples for the documentation and the invoker; made from the schemas otherwise. */
  example?: { params?: Record<string, string>; query?: Record<string, string>; body?: unknown }
}

/** What `define` returns: the spec, its defaults, and the name that `service` gives it. */
export type Contract<S extends Spec = Spec> = S & {
  readonly status: number
  readonly timeout: number
  /** Service name, e.g. `product`; set when the manifest is made. */
  service: string
  /** Operation name, e.g. `list-products`; set when the manifest is made. */
  name: string
}

/**
 * States a contract. Refuses at compile time params that are not the path's. The value is the spec
 * itself with defaults; nothing is opened or registered.
 */
export function define<
  const P extends string,
  const M extends Method,
  const A extends Access,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  Reply extends z.ZodType | undefined = undefined,
  const E extends ErrorCode = never,
  Params extends ParamsOf<P> & Record<Exclude<keyof Params, ParamNames<P>>, never> = ParamsOf<P> &
    Record<never, never>,
>(
  spec: Spec<P, A, Params, Query, Body, Reply, E, M> &
    ([ParamNames<P>] extends [never] ? { params?: never } : { params: Params }),
): Contract<Spec<P, A, Params, Query, Body, Reply, E, M>> {
  const status = spec.status ?? (spec.reply || spec.bytes ? 200 : 204)
  return { timeout: 30, ...spec, status, service: '', name: '' }
}

/** The signed-in caller, as the access token says. */
export type User = {
  id: string
  /** Session of the token. */
  session: string
  username: string
  isStaff: boolean
  isSuperuser: boolean
}

type UserOf<A extends Access> = A extends 'anyone' | 'service'
  ? undefined
  : A extends 'optional'
    ? User | undefined
    : User

/** What the work is given. Everything in it has been checked against the contract. */
export type Call<C extends Spec> =
  C extends Spec<
    infer _P,
    infer A,
    infer Params,
    infer Query,
    infer Body,
    infer _R,
    infer E,
    infer _M
  >
    ? {
        params: OutShape<Params>
        query: Query extends z.ZodType ? z.output<Query> : Record<string, never>
        body: Out<Body>
        /** The uploaded file, when the body was multipart and carried one. */
        file: File | undefined
        user: UserOf<A>
        request: Request
        /** Makes the fault to throw; only codes that the contract lists compile. */
        fail: (code: E, detail?: string, extra?: import('./errors.ts').FaultExtra) => Error
      }
    : never

export type File = { bytes: Buffer; name: string; type: string }

/** The facts of one request that are not in its contract. */
export type Request = {
  id: string
  /** Scheme and host as the client sees them, e.g. `http://localhost:8000`. */
  origin: string
  /** Decoded path, as asked. */
  path: string
  rawQuery: string
  method: string
  /** Client's address as the trusted proxy told it. */
  address: string
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>
  /** Raw values by name. */
  cookies: ReadonlyMap<string, string>
  traceparent: string | undefined
  /** Aborted when the deadline has passed. */
  signal: AbortSignal
  /** Milliseconds left. */
  remaining: () => number
}

/** JSON already serialised (made by PostgreSQL); typed by what it holds. */
export type JsonText<T> = { readonly jsonText: string; readonly holds?: T }

/** A good answer with more than its data. */
export type Answer<T> = {
  readonly answer: T | JsonText<T> | Buffer | undefined
  /** Quoted entity tag. */
  etag?: string
  /** Whole Set-Cookie values. */
  cookies?: string[]
  headers?: Record<string, string>
}

export type Reply<C extends Spec> =
  C extends Spec<
    string,
    Access,
    infer _Params,
    infer _Q,
    infer _B,
    infer R,
    infer _E extends ErrorCode,
    Method
  >
    ? R extends z.ZodType
      ? z.input<R>
      : undefined
    : never

export type Work<C extends Spec> = (
  call: Call<C>,
) => Promise<
  | Reply<C>
  | JsonText<Reply<C>>
  | Answer<Reply<C>>
  | (Reply<C> extends undefined ? undefined : never)
>

/** Marks text that is JSON already; it is sent as it is. */
export function json<T>(text: string): JsonText<T> {
  return { jsonText: text }
}

/** A good answer with an entity tag, cookies or headers of its own. */
export function answer<T>(
  data: T | JsonText<T> | Buffer | undefined,
  more: Omit<Answer<T>, 'answer'> = {},
): Answer<T> {
  return { answer: data, ...more }
}
