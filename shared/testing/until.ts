import { availableParallelism, loadavg } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * A time limit on this machine as busy as it is now: the limit itself when every task has a core,
 * more when they must share. Our own tests run side by side.
 */
export function allowing(limit: number): number {
  return limit * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism())
}

/** Asks until the answer is truthy and returns it; fails after `seconds`, more on a busy machine. */
export async function until<T>(
  ask: () => T | Promise<T>,
  seconds = 5,
): Promise<Exclude<T, 0 | '' | false | null | undefined>> {
  const began = performance.now()
  for (;;) {
    const answer = await ask()
    if (answer) return answer as Exclude<T, 0 | '' | false | null | undefined>
    if (performance.now() - began > allowing(seconds * 1000))
      throw new Error(`not so within ${seconds} s: ${ask}`)
    await pause(5)
  }
}
