import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  circuitBreaker,
  handleType,
  SamplingBreaker,
} from 'cockatiel'
import { log } from '../shared/runtime/log.ts'
import { type Balancer, balancer } from './balancer.ts'

/** The called service is at fault: not reached, not in time, 5xx, or no answer of its contract. */
export class UpstreamFault extends Error {
  override readonly name = 'UpstreamFault'
}

/** What is known of one called service, shared by all callers in this process. */
export type Upstream = {
  balancer: Balancer
  /** Does a call unless too many are in flight, or too many failed lately. Fails with `UpstreamFault`. */
  guard<T>(work: () => Promise<T>): Promise<T>
  /** Whether one more attempt is within the budget; counts it when it is. */
  mayRetry(): boolean
  state(): 'closed' | 'open' | 'half-open'
}

const MOST_IN_FLIGHT = 50
/** Retries per call: an attempt more for every tenth, saved up for at most ten. */
const RETRY_SHARE = 0.1
const MOST_SAVED_RETRIES = 10

const all = new Map<string, Upstream>()

export function upstream(service: string): Upstream {
  let found = all.get(service)
  if (!found) {
    found = open(service)
    all.set(service, found)
  }
  return found
}

/** Of every service called so far, whether calls to it are tried. */
export function circuits(): { service: string; state: ReturnType<Upstream['state']> }[] {
  return [...all].map(([service, it]) => ({ service, state: it.state() }))
}

/** Forgets what was learnt about every service. */
export function forgetUpstreams(): void {
  all.clear()
}

function open(service: string): Upstream {
  // 50 % of at least 20 calls in 10 s; the library compares with >, so a hair under the half.
  const sampling = new SamplingBreaker({ threshold: 0.4999, duration: 10_000, minimumRps: 2 })
  const breaker = circuitBreaker(handleType(UpstreamFault), {
    halfOpenAfter: 2_000,
    breaker: sampling,
  })
  const compartment = bulkhead(MOST_IN_FLIGHT, 0)
  let retries = 0
  breaker.onBreak(() => log.warn('circuit open', { target: service }))
  breaker.onReset(() => log.info('circuit closed', { target: service }))

  return {
    balancer: balancer(),
    async guard(work) {
      retries = Math.min(MOST_SAVED_RETRIES, retries + RETRY_SHARE)
      // While the one probe runs the library would let the others wait for it; here they go on.
      if (breaker.state === CircuitState.HalfOpen) throw new UpstreamFault('the circuit is open')
      try {
        return await compartment.execute(() => breaker.execute(work))
      } catch (error) {
        if (error instanceof BrokenCircuitError) throw new UpstreamFault('the circuit is open')
        if (error instanceof BulkheadRejectedError)
          throw new UpstreamFault(`${MOST_IN_FLIGHT} calls are in flight`)
        throw error
      }
    },
    mayRetry() {
      if (retries < 1) return false
      retries -= 1
      return true
    },
    state() {
      if (breaker.state === CircuitState.Closed) return 'closed'
      return breaker.state === CircuitState.HalfOpen ? 'half-open' : 'open'
    },
  }
}
