import { randomInt } from 'node:crypto'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'

/** Whether the whole numbers are wanted (`npm run prove`), or the part that `npm test` has time for. */
export const isFull = process.env.PROVE === 'full'

/** How much a test does: all of it in `npm run prove`, a quarter or less beside all other tests. */
export function amount(full: number, part = Math.ceil(full / 4)): number {
  return isFull ? full : part
}

/** Marks what `npm run prove` puts into its table. */
export const MEASURED = 'measured: '

/** Tells what was found, for the table of `npm run prove`. */
export function measured(t: TestContext, text: string): void {
  t.diagnostic(MEASURED + text)
}

/** The seed of a random test: SEED where it is given. It is told, so that a failure can be repeated. */
export function seedOf(t: Pick<TestContext, 'diagnostic'>): number {
  const seed = Number(process.env.SEED ?? randomInt(2 ** 31))
  t.diagnostic(`SEED=${seed}`)
  return seed
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The time under which this share of all times lie. */
export function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/**
 * Answers that are faults. Beside other tests the machine is overloaded and a service says so: up to
 * half may be 503 then; in `npm run prove`, which has the machine to itself, none.
 */
export function badOnes<T extends { status: number }>(answers: readonly T[]): T[] {
  const bad = answers.filter((it) => it.status !== 200)
  const isShed = !isFull && bad.every((it) => it.status === 503)
  return isShed && bad.length <= Math.max(5, answers.length / 2) ? [] : bad
}

/** Asks again, a few times, while the answer is 503: come again. */
export async function again<T extends { status: number }>(ask: () => Promise<T>): Promise<T> {
  for (let left = 5; ; left--) {
    const reply = await ask()
    if (reply.status !== 503 || left === 0) return reply
    await pause(100)
  }
}

/** How long a fault stands or a load runs. To wait for something there is `until`. */
export function lasts(milliseconds: number): Promise<void> {
  return pause(milliseconds)
}
