import { url } from 'node:inspector'

export type Deadline = {
  /** Milliseconds; below 0 when it has passed. */
  left(): number
  clear(): void
}

const TICK = 20
/** What a tick may take and still count as time in which this process ran. */
const LONGEST_TICK = 200

/**
 * Calls `expire` once when `ms` have passed since `started` (by `performance.now()`). Where a debugger
 * can be attached, only time in which this process ran counts: at a breakpoint the clock stands still.
 */
export function deadline(ms: number, started: number, expire: () => void): Deadline {
  return url() === undefined ? byClock(ms, started, expire) : byTicks(ms, expire)
}

function byClock(ms: number, started: number, expire: () => void): Deadline {
  const timer = setTimeout(expire, ms)
  const end = started + ms
  return { left: () => end - performance.now(), clear: () => clearTimeout(timer) }
}

function byTicks(ms: number, expire: () => void): Deadline {
  let used = 0
  let last = performance.now()
  const count = () => {
    const now = performance.now()
    used += Math.min(now - last, LONGEST_TICK)
    last = now
    return ms - used
  }
  const timer = setInterval(
    () => {
      if (count() > 0) return
      clearInterval(timer)
      expire()
    },
    Math.min(TICK, ms),
  )
  return { left: count, clear: () => clearInterval(timer) }
}
