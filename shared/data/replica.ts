import type pg from 'pg'
import { Fault } from '../http/errors.ts'
import { log } from '../runtime/log.ts'

/** How a transaction is run on the pool of a replica, with no second try. */
type Within = <T>(pool: pg.Pool, work: () => Promise<T>) => Promise<T>

/** For how long a replica that failed is left alone, ms. */
const REST = 1000

/**
 * Reads on a replica. Gives what `work` reads in one snapshot there if `isCurrent`, asked in the same
 * snapshot, says that it holds all it must; undefined when the primary has to be asked: the replica
 * lags, is away, or could not. A replica that is away costs one reader a second a moment.
 */
export function replica(open: () => pg.Pool, within: Within) {
  let restsUntil = 0
  let isAway = false

  return async <T>(
    isCurrent: () => Promise<boolean>,
    work: () => Promise<T>,
  ): Promise<{ value: T } | undefined> => {
    if (Date.now() < restsUntil) return undefined
    const pool = open()
    const isFull = pool.totalCount >= pool.options.max && pool.idleCount === 0
    if (isFull && pool.waitingCount >= pool.options.max) return undefined
    // Whoever comes while this one finds out whether it is back need not wait for that.
    if (isAway) restsUntil = Date.now() + REST
    try {
      const found = await within(pool, async () =>
        (await isCurrent()) ? { value: await work() } : undefined,
      )
      if (isAway) log.info('the read replica is back')
      isAway = false
      restsUntil = 0
      return found
    } catch (error) {
      if (!(error instanceof Fault)) log.warn('the read replica could not answer', { error })
      else if (error.code === 'unavailable') rest(error)
      // What is missing here may only not have come yet: no tag tells of it. The primary knows.
      return undefined
    }
  }

  function rest(error: Fault) {
    if (!isAway) log.warn('the read replica is away; the primary is read', { error })
    isAway = true
    restsUntil = Date.now() + REST
  }
}
