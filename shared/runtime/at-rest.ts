import { availableParallelism, loadavg } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const LOOK_MS = 1000
/** Of a second's processor time: a host that only answers probes is under it. */
const RESTING_MS = 50
/** Who has worked less, ms of processor time, has only been started. */
const START_MS = 2000
/**
 * Seconds of rest after which what a burst has left is given back. It costs the next burst a quarter
 * more processor time for some while, as V8 also lets go of what it had compiled.
 */
const LONG_REST = 60
/** So much work since the last time, ms of processor time, is worth another 50 of it. */
const WORTH_MS = 500

type Collect = (how: { type: 'major'; execution: 'async'; flavor: 'last-resort' }) => unknown

/**
 * Gives back what the start and each burst of work leave behind, once the process rests: V8 itself
 * keeps pages that it may never need again, some 10 MB of them after the start. Takes some 50 ms.
 */
export function collectAtRest(isCrowded = othersWait): void {
  // V8's own way to the same: beside ours it makes a burst dearer by a third after each pause.
  setFlagsFromString('--no-memory-reducer')
  let before = process.cpuUsage()
  let done = 0
  let rested = 0
  let collect: Collect | undefined
  setInterval(() => {
    const used = process.cpuUsage(before)
    before = process.cpuUsage()
    rested = (used.user + used.system) / 1000 > RESTING_MS ? 0 : rested + 1
    if (rested === 0 || isCrowded()) return
    const total = (before.user + before.system) / 1000
    const isFresh = done === 0 && total <= START_MS
    if (!isFresh && (rested < LONG_REST || total - done < WORTH_MS)) return
    collect ??= collector()
    collect({ type: 'major', execution: 'async', flavor: 'last-resort' })
    // What this takes itself is no work since.
    setTimeout(() => {
      const { user, system } = process.cpuUsage()
      done = (user + system) / 1000
    }, LOOK_MS / 2).unref()
  }, LOOK_MS).unref()
}

/** Whoever is not let to work looks as if it rested, and 50 ms of work would take it many times that. */
function othersWait(): boolean {
  return (loadavg()[0] ?? 0) > 2 * availableParallelism()
}

/** V8's own, which a process has only when it is asked for. */
function collector(): Collect {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as Collect
}
