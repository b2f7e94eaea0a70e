import type { Server } from 'node:http'
import { Server as Listener, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { log } from './log.ts'
import type { Shortcut } from './shortcut.ts'
import type { State } from './state.ts'
import { within } from './within.ts'

/**
 * For calls that are under way on a connection which looks idle from here; each answer closes its
 * connection meanwhile, so that those in use end by themselves.
 */
const IDLE_MS = 300

/** All connections of a host, and who answers on those where nothing but plain requests came. */
type Lines = { connections: ReadonlySet<Socket>; shortcut: Shortcut }

/**
 * Ends a host without losing a request: `/readyz` 503, leave discovery, serve on while callers still
 * learn of it (each answer closes its connection), stop listening, wait for calls in flight, stop the
 * rest. Closing first would cut connections on which the next request is already under way.
 */
export async function drain(state: State, server: Server, lines: Lines): Promise<void> {
  const { leave, stop = [], drainSeconds = 0, graceSeconds = 10 } = state.options
  state.draining = true
  if (leave) await within(2000, Promise.resolve(leave())).catch(warn('could not leave discovery'))
  if (drainSeconds > 0) await pause(drainSeconds * 1000)
  await close(server, lines, graceSeconds * 1000).catch(() => {
    log.warn('calls were cut at the end of the drain', { in_flight: state.pressure.inFlight })
    for (const socket of lines.connections) socket.destroy()
  })
  state.pressure.stop()
  for (const step of stop)
    await within(5000, Promise.resolve(step())).catch(warn('could not stop a part'))
}

/** Rejects when connections are left after `graceMs`. */
async function close(
  server: Server,
  { connections, shortcut }: Lines,
  graceMs: number,
): Promise<void> {
  // http's own close() takes a connection for idle as soon as its answer has been made, and would
  // cut the rest of a large one that is still being sent.
  const closed = new Promise<void>((resolve) =>
    Listener.prototype.close.call(server, () => resolve()),
  )
  const politeUntil = performance.now() + Math.min(IDLE_MS, graceMs / 2)
  const sweep = () => {
    if (performance.now() < politeUntil) return
    for (const socket of connections) if (socket.writableLength > 0) return
    server.closeIdleConnections()
    shortcut.closeIdle()
  }
  sweep()
  const timer = setInterval(sweep, 20)
  try {
    await within(graceMs, closed)
  } finally {
    clearInterval(timer)
    // Ends its watch over slow requests as well; it is closed already.
    server.close(() => undefined)
  }
}

function warn(message: string) {
  return (error: unknown) => log.warn(message, { error })
}
