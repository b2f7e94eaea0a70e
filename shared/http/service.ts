import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import type * as z from 'zod'
import type { Tidying } from '../data/tidy.ts'
import type { Memory } from '../runtime/lean.ts'
import type { Access, Contract, Method, Shape, Spec } from './contract.ts'
import type { ErrorCode } from './errors.ts'
import type { KeySource } from './tokens.ts'

/** Lambda's own shape; the host, the invoker and AWS call it alike. */
export type Handler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>

/** What an endpoint file exports. */
export type Endpoint = {
  contract: Contract
  handler: Handler
  /**
   * Called after each good answer, also one from the cache, which never reaches the work;
   * must be quick and must not throw. `params` are the raw strings of the path.
   */
  served?: (params: Record<string, string>) => void
  /** For Lambda, where nothing runs between calls: awaited after `served`; must be quick and not throw. */
  settle?: () => Promise<void>
}

/** Work that a service does beside answering: relays, sweepers, flushes. Stops when aborted. */
export type Background = (signal: AbortSignal) => Promise<void>

export type Service<Endpoints extends Record<string, Endpoint> = Record<string, Endpoint>> = {
  name: string
  /** What it is for, one sentence. */
  about: string
  /** Path prefixes that the gateway sends here, whole segments: `/api/v1/products`. */
  roots: readonly string[]
  port: number
  /** What it cannot do its work without, and services it calls. */
  needs: readonly ('postgres' | 'cache' | 'auth' | 'product' | 'cart' | 'review')[]
  endpoints: Endpoints
  background?: readonly Background[]
  memory?: Memory
  /** Done about once an hour, beside the house's own sweeps. */
  tidy?: Tidying
  /** Done once in each process after the migrations and before it is ready. */
  prepare?: () => Promise<void>
  /** Where it takes public keys from; by default from the auth service. */
  keys?: KeySource
}

/** States a service and gives each endpoint its name: `listProducts` → `list-products`. */
export function service<const E extends Record<string, Endpoint>>(
  manifest: Service<E>,
): Service<E> {
  for (const [key, endpoint] of Object.entries(manifest.endpoints))
    nameEndpoint(endpoint, manifest.name, kebab(key))
  return manifest
}

/** Gives one endpoint its service and operation name; the built entries use it without the manifest. */
export function nameEndpoint<E extends Endpoint>(endpoint: E, service: string, name: string): E {
  endpoint.contract.service = service
  endpoint.contract.name = name
  return endpoint
}

export function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

type In<T> = T extends z.ZodType ? z.input<T> : undefined
type OutOf<T> = T extends z.ZodType ? z.output<T> : undefined
type RouteOf<C> =
  C extends Spec<
    infer P,
    Access,
    Shape,
    infer _Q,
    infer _B,
    infer _R,
    ErrorCode,
    infer M extends Method
  >
    ? `${M} ${P}`
    : never
type CallOf<C> =
  C extends Spec<string, Access, infer Params, infer Q, infer B, infer R, infer E, Method>
    ? {
        params: { [K in keyof Params]: z.input<Params[K]> extends infer T ? T : never }
        query: In<Q>
        body: In<B>
        reply: OutOf<R>
        errors: E
      }
    : never

/** Over each service by itself: the keys that all services share are none. */
type ContractOf<S> = S extends { endpoints: infer E extends Record<string, Endpoint> }
  ? E[keyof E]['contract']
  : never

/** Every route of these services with the types of its call: `{ 'GET /api/v1/…': { query, body, reply } }`. */
export type ApiOf<S extends readonly Service[]> = {
  [C in ContractOf<S[number]> as RouteOf<C>]: CallOf<C>
}
