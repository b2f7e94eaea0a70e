import { waiting } from '../../shared/data/patience.ts'
import type { Handler } from '../../shared/http/service.ts'
import { settings } from '../../shared/runtime/settings.ts'

/** Milliseconds to wait for a turn: what a call may then wait for PostgreSQL is plenty when that is well. */
const TURN_MS = 2_200

/**
 * Lets so many calls of a handler run at once as leaves two database connections to everything else;
 * the rest wait for their turn. A burst of adds to one cart, all waiting for its lock, would else
 * take every connection, and calls would fail for want of one that had time to wait. A turn that does
 * not come soon will not: what `refuser` makes answers, made when it is needed, as the contract has its
 * name by then.
 */
export function queued(handler: Handler, refuser: () => Handler): Handler {
  const line: (() => void)[] = []
  let running = 0
  let made: Handler | undefined

  const refuse: Handler = (event, context) => {
    made ??= refuser()
    return made(event, context)
  }

  const turn = () =>
    new Promise<boolean>((resolve) => {
      const taken = () => {
        clearTimeout(timer)
        resolve(true)
      }
      const timer = setTimeout(() => {
        line.splice(line.indexOf(taken), 1)
        resolve(false)
      }, TURN_MS)
      line.push(taken)
    })

  return async (event, context) => {
    if (running < Math.max(1, settings().postgres.poolMax - 2)) running++
    else if (!(await waiting(turn))) return refuse(event, context)
    try {
      const answer = context.getRemainingTimeInMillis() > 0 ? handler : refuse
      return await answer(event, context)
    } finally {
      // The place is handed on; without a taker it is free.
      const next = line.shift()
      if (next) next()
      else running--
    }
  }
}
