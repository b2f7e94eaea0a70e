import { setTimeout as pause } from 'node:timers/promises'
import { log } from '../../shared/runtime/log.ts'
import { fillShown, isAnyMissing } from './queries/shown.ts'

const LOOK_MS = 3000

/** Puts together the texts of all products whose text is missing; how many came. */
export async function fillAllShown(signal?: AbortSignal): Promise<number> {
  let came = 0
  while (!signal?.aborted && (await isAnyMissing())) came += await fillShown()
  return came
}

/** The same every few seconds. */
export async function keepShown(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await fillAllShown(signal).catch((error) =>
      log.warn('texts of products could not be put together', { error }),
    )
    await pause(LOOK_MS, undefined, { signal }).catch(() => {})
  }
}
