import { url } from 'node:inspector'

/** How often the deadlines of calls are looked at, ms: one may be met so much later. */
const TICK = 20
/** What may lie between two looks and still count as time in which this process ran. */
const LONGEST_TICK = 200

/** The deadlines of all calls under way, in a ring: one timer for all, as one each costs more. */
type Link = { before: Link; behind: Link }
const ring = {} as Link
ring.before = ring
ring.behind = ring

let timer: NodeJS.Timeout | undefined
let latest = 0
let stoodStill = 0

/**
 * Time by `performance.now()`. Where a debugger can be attached, only that in which this process ran
 * counts: at a breakpoint the clock stands still.
 */
function clock(): number {
  const now = performance.now()
  const since = now - latest
  latest = now
  if (since > LONGEST_TICK && url() !== undefined) stoodStill += since - LONGEST_TICK
  return now - stoodStill
}

function tick(): void {
  const now = clock()
  for (let it = ring.behind; it instanceof Deadline; ) {
    const { behind } = it
    it.look(now)
    // One that was cleared meanwhile leads nowhere: the others are looked at the next time.
    if (behind.behind === behind && behind !== ring) break
    it = behind
  }
  if (ring.behind !== ring) return
  clearInterval(timer)
  timer = undefined
}

/** Lets `whose` expire, once, when `ms` have passed since `started` (by `performance.now()`), unless cleared. */
export class Deadline implements Link {
  before: Link
  behind: Link
  readonly #end: number
  #whose: { expire(): void } | undefined

  constructor(ms: number, started: number, whose: { expire(): void }) {
    if (!timer) {
      latest = performance.now()
      timer = setInterval(tick, TICK)
    }
    this.#end = started - stoodStill + ms
    this.#whose = whose
    this.before = ring.before
    this.behind = ring
    ring.before.behind = this
    ring.before = this
  }

  /** Milliseconds; below 0 when it has passed. */
  left(): number {
    return this.#end - clock()
  }

  look(now: number): void {
    const whose = this.#whose
    if (now < this.#end || !whose) return
    this.clear()
    whose.expire()
  }

  /** May be called again. */
  clear(): void {
    this.before.behind = this.behind
    this.behind.before = this.before
    // Whoever keeps it keeps nothing else.
    this.before = this
    this.behind = this
    this.#whose = undefined
  }
}
