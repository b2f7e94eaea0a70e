import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Bytes a second that a client has to send or to take, after its first seconds: a poor phone does more. */
export const SLOWEST = 10_000

/** The connections of a server, now and later. */
export function connectionsOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}

type Stuck = { written: number; until: number }

/**
 * Cuts clients that take their answers slower than `SLOWEST`, after `slowReadMs`, and the slowest of
 * all while they leave more than `maxUntaken` bytes in our memory. Looks at all connections now and
 * then instead of at each answer: pipelined ones are written long after they were made. Gives the
 * function that ends it.
 */
export function cutSlowReaders(
  open: ReadonlySet<Socket>,
  { slowReadMs, maxUntaken }: { slowReadMs: number; maxUntaken: number },
): () => void {
  const stuck = new Map<Socket, Stuck>()
  const look = () => {
    const now = performance.now()
    let untaken = 0
    for (const socket of open) {
      const waiting = socket.writableLength
      const before = stuck.get(socket)
      const written = socket.bytesWritten - waiting
      untaken += waiting
      if (waiting === 0) stuck.delete(socket)
      else if (!before) stuck.set(socket, { written, until: now + slowReadMs })
      else if (before.written !== written) {
        // A byte now and then buys no more than its time; nor do the megabytes that the kernel took.
        const earned = ((written - before.written) / SLOWEST) * 1000
        before.until = Math.min(before.until + earned, now + slowReadMs)
        before.written = written
      }
    }
    // Those who were the first to stop come first.
    for (const [socket, { until }] of stuck) {
      const isOpen = open.has(socket)
      if (isOpen && until >= now && untaken <= maxUntaken) continue
      stuck.delete(socket)
      // What has closed by itself was not counted.
      if (!isOpen) continue
      untaken -= socket.writableLength
      socket.destroy()
    }
  }
  const timer = setInterval(look, Math.min(1000, slowReadMs)).unref()
  return () => clearInterval(timer)
}
