import { availableParallelism, loadavg } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const LOOK_MS = 1000
/** Of a second's processor time: a host that only answers probes is under it. */
const RESTING_MS = 50
/** So much work since the last time, ms of processor time, is worth another 50 of it. */
const WORTH_MS = 500

type Collect = (how: { type: 'major'; execution: 'async'; flavor: 'last-resort' }) => unknown

/**
 * Gives back what the start and each burst of work leave behind, once the process rests: V8 itself
 * keeps pages that it may never need again, some 10 MB of them after the start. Takes some 50 ms.
 */
export function collectAtRest(isCrowded = othersWait): void {
  let before = process.cpuUsage()
  let done = 0
  let collect: Collect | undefined
  setInterval(() => {
    const used = process.cpuUsage(before)
    before = process.cpuUsage()
    if ((used.user + used.system) / 1000 > RESTING_MS || isCrowded()) return
    const total = (before.user + before.system) / 1000
    if (total - done < WORTH_MS && done > 0) return
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
