import type { Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { log } from './log.ts'
import { within } from './probes.ts'
import type { State } from './state.ts'

/**
 * Ends a host without losing a request: `/readyz` 503, leave discovery, serve on while callers still
 * learn of it (each answer closes its connection), stop listening, wait for calls in flight, stop the
 * rest. Closing first would cut connections on which the next request is already under way.
 */
export async function drain(state: State, server: Server): Promise<void> {
  const { leave, stop = [], drainSeconds = 0, graceSeconds = 10 } = state.options
  state.draining = true
  if (leave) await within(2000, Promise.resolve(leave())).catch(warn('could not leave discovery'))
  if (drainSeconds > 0) await pause(drainSeconds * 1000)
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  // A connection between two requests when it was looked at goes idle later.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  await within(graceSeconds * 1000, closed).catch(() => {
    log.warn('calls were cut at the end of the drain', { in_flight: state.pressure.inFlight })
    server.closeAllConnections()
  })
  clearInterval(sweep)
  state.pressure.stop()
  for (const step of stop)
    await within(5000, Promise.resolve(step())).catch(warn('could not stop a part'))
}

function warn(message: string) {
  return (error: unknown) => log.warn(message, { error })
}
