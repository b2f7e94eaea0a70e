import type { Limits } from './state.ts'

/** How loaded this process is. */
export type Pressure = {
  inFlight: number
  /** Event loop delay, ms: the latest sample, and the largest since it was last asked for. */
  lag(): { latest: number; largest: number }
  /** Whether new work should be refused; `waits` is asked whether some of it waits for its database. */
  overloaded(waits: () => boolean): boolean
  stop(): void
}

const EVERY = 100

/**
 * Watches calls in flight and the delay of the event loop. One long task is no overload: the delay
 * has to stand over two samples, 100 ms apart.
 */
export function pressure(
  limits: Pick<Limits, 'maxInFlight' | 'maxWhileWaiting' | 'maxLagMs'>,
): Pressure {
  let latest = 0
  let before = 0
  let largest = 0
  let due = performance.now() + EVERY
  const timer = setInterval(() => {
    const now = performance.now()
    before = latest
    latest = Math.max(0, now - due)
    largest = Math.max(largest, latest)
    due = now + EVERY
  }, EVERY).unref()
  return {
    inFlight: 0,
    lag() {
      const told = { latest, largest }
      largest = latest
      return told
    },
    overloaded(waits) {
      if (this.inFlight >= limits.maxInFlight) return true
      if (this.inFlight >= limits.maxWhileWaiting && waits()) return true
      return Math.min(latest, before) > limits.maxLagMs
    },
    stop: () => clearInterval(timer),
  }
}
