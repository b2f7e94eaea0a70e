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
/** After so long in a flood all may come again for one sample, to tell whether it still is one. */
const TRIAL = 2000

/**
 * Watches calls in flight and the delay of the event loop. One long task is no overload: the delay
 * has to stand over two samples, 100 ms apart. Nor is a burst a flood: that is when never fewer than
 * `maxStanding` were under way from one sample to the next. Then `maxInFlood` are let in, as more only
 * make each other slower, until a sample in which nobody had to be refused.
 */
export function pressure(
  limits: Pick<
    Limits,
    'maxInFlight' | 'maxWhileWaiting' | 'maxStanding' | 'maxInFlood' | 'maxLagMs'
  >,
): Pressure {
  let latest = 0
  let before = 0
  let largest = 0
  let due = performance.now() + EVERY
  let fewest = Number.POSITIVE_INFINITY
  let refused = 0
  /** Samples until the next trial; 0 when there is no flood. */
  let flood = 0
  /** Whether any waited for the database in this sample, and in the one before: at times none does. */
  let waited = false
  let waitedBefore = false
  const timer = setInterval(() => {
    const now = performance.now()
    before = latest
    latest = Math.max(0, now - due)
    largest = Math.max(largest, latest)
    due = now + EVERY
    const isStanding = fewest < Number.POSITIVE_INFINITY && fewest >= limits.maxStanding
    if (flood > 0) flood = refused > 0 ? flood - 1 : 0
    else if (isStanding) flood = TRIAL / EVERY
    fewest = Number.POSITIVE_INFINITY
    refused = 0
    waitedBefore = waited
    waited = false
  }, EVERY).unref()
  return {
    inFlight: 0,
    lag() {
      const told = { latest, largest }
      largest = latest
      return told
    },
    overloaded(waits) {
      fewest = Math.min(fewest, this.inFlight)
      const most = flood > 0 ? limits.maxInFlood : limits.maxWhileWaiting
      waited ||= this.inFlight >= most && waits()
      const isFull =
        this.inFlight >= limits.maxInFlight ||
        (this.inFlight >= most && (waited || waitedBefore)) ||
        Math.min(latest, before) > limits.maxLagMs
      if (isFull) refused++
      return isFull
    },
    stop: () => clearInterval(timer),
  }
}
