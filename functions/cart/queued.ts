import { fault } from '../../shared/http/errors.ts'
import type { Handler } from '../../shared/http/service.ts'
import { settings } from '../../shared/runtime/settings.ts'

/**
 * Lets so many calls of a handler run at once as leaves two database connections to everything else;
 * the rest wait for their turn. A burst of adds to one cart, all waiting for its lock, would else
 * take every connection, and calls would fail for want of one that had time to wait.
 */
export function queued(handler: Handler): Handler {
  const waiting: (() => void)[] = []
  let running = 0
  return async (event, context) => {
    if (running >= Math.max(1, settings().postgres.poolMax - 2))
      await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      if (context.getRemainingTimeInMillis() <= 0) throw fault('timeout')
      return await handler(event, context)
    } finally {
      // The place is handed on; without a taker it is free.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
