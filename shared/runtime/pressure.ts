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
 * has to stand over two samples, 100 ms apart. Nor is a burst a flood: that is when never fewer than
 * `maxStanding` were under way from one sample to the next.
 */
export function pressure(
  limits: Pick<Limits, 'maxInFlight' | 'maxWhileWaiting' | 'maxStanding' | 'maxLagMs'>,
): Pressure {
  let latest = 0
  let before = 0
  let largest = 0
  let due = performance.now() + EVERY
  let fewest = Number.POSITIVE_INFINITY
  let isFlood = false
  const timer = setInterval(() => {
    const now = performance.now()
    before = latest
    latest = Math.max(0, now - due)
    largest = Math.max(largest, latest)
    due = now + EVERY
    // As few as half of them may be under way before it counts as over.
    isFlood = fewest < Number.POSITIVE_INFINITY && fewest >= limits.maxStanding / (isFlood ? 2 : 1)
    fewest = Number.POSITIVE_INFINITY
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
      fewest = Math.min(fewest, this.inFlight)
      const most = isFlood ? limits.maxStanding : limits.maxWhileWaiting
      if (this.inFlight >= most && waits()) return true
      return Math.min(latest, before) > limits.maxLagMs
    },
    stop: () => clearInterval(timer),
  }
}
