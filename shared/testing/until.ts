import { setTimeout as pause } from 'node:timers/promises'

/** Asks until the answer is truthy and returns it; fails after `seconds`. */
export async function until<T>(
  ask: () => T | Promise<T>,
  seconds = 5,
): Promise<Exclude<T, 0 | '' | false | null | undefined>> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (answer) return answer as Exclude<T, 0 | '' | false | null | undefined>
    if (Date.now() > deadline) throw new Error(`not so within ${seconds} s: ${ask}`)
    await pause(5)
  }
}
