import type { Docs } from '../http/docs.ts'
import type { Service } from '../http/service.ts'
import type { Peek, Place } from './fast.ts'
import type { Meter, Metric } from './metrics.ts'
import type { Pressure } from './pressure.ts'
import type { Recent } from './recent.ts'
import type { Route, RouteTable } from './routes.ts'
import type { TrustedProxies } from './settings.ts'

/** What a host needs to know; everything but services and port has a default. */
export type HostOptions = {
  services: readonly Service[]
  /** 0 takes a free one. */
  port: number
  /** Address to listen on; all of the machine's when absent. */
  address?: string
  /** Tried until it resolves once; until then `/readyz` is 503. */
  ready?: () => Promise<unknown>
  /** State of what the service depends on, for `/readyz`; never decides readiness. */
  health?: () => Promise<Record<string, unknown>>
  /** Numbers of this process for `/metrics` beside the host's own. */
  metrics?: () => Metric[]
  /** Numbers of the service, the same in all its processes: one is asked. */
  serviceMetrics?: () => Promise<Metric[]>
  /** First step of a drain: leave discovery. Two seconds at most. */
  leave?: () => Promise<unknown>
  /** Last step of a drain, in order: relays, pools. */
  stop?: readonly (() => unknown)[]
  /** How long it serves on after leaving, until nobody sends any more; 0. */
  drainSeconds?: number
  /** How long calls in flight may take at the end of a drain; 10. */
  graceSeconds?: number
  /** Told in `x-served-by` and the metrics; the process id. */
  instance?: string
  /** What the store holds for a cacheable GET; nothing is answered from it when absent. */
  peek?: Peek
  /** How many statements of a service wait for a connection to its database; none when absent. */
  waiting?: (service: string) => number
  /** Answers under `/api/schema/`: the services' own documentation. */
  docs?: Docs
  debug?: boolean
  trustedProxies?: TrustedProxies
  limits?: Partial<Limits>
}

export type Limits = {
  /** Calls at once in this process, over that 503. */
  maxInFlight: number
  /** The same while some of them wait for the database: more would only wait longer. */
  maxWhileWaiting: number
  /** So many under way all the time are a flood. */
  maxStanding: number
  /** Calls at once in a flood, while some of them wait for the database. */
  maxInFlood: number
  /** Delay of the event loop, over that 503. */
  maxLagMs: number
  /** Characters of path and query, over that 414. */
  maxTarget: number
  /** Time to send all headers. */
  headersMs: number
  /** Time to send the whole request. */
  requestMs: number
  /** Time to take an answer, beside one second for each 10 KB. */
  slowReadMs: number
  /** Bytes of answers that clients together have not taken yet, over that the slowest are cut. */
  maxUntaken: number
}

export const defaultLimits: Limits = {
  maxInFlight: 1024,
  maxWhileWaiting: 192,
  maxStanding: 64,
  maxInFlood: 32,
  maxLagMs: 250,
  maxTarget: 8192,
  headersMs: 5000,
  requestMs: 30_000,
  slowReadMs: 12_000,
  maxUntaken: 64 * 1024 * 1024,
}

/** One host at work. */
export type State = {
  options: HostOptions
  limits: Limits
  table: RouteTable
  meters: ReadonlyMap<Route, Meter>
  /** For what leads to no function. */
  unrouted: Meter
  pressure: Pressure
  places: { recall(name: string): Place | undefined; remember(name: string, place: Place): void }
  proxies: TrustedProxies
  /** Whether answers depend on the Origin of the call. */
  cors: boolean
  debug: boolean
  recent: Recent | undefined
  servedBy: string
  port: number
  ready: boolean
  draining: boolean
  storedHits: number
  storedMisses: number
}
