import type { Socket } from 'node:net'

/** Bytes a second that a client must take at least, beside its first seconds. */
const RATE = 50_000

/** Cuts clients that do not take their answers. */
export function slowReaders(graceMs: number): { watch(socket: Socket): void; stop(): void } {
  const until = new Map<Socket, number>()
  const timer = setInterval(
    () => {
      const now = performance.now()
      for (const [socket, end] of until) {
        if (socket.destroyed || socket.writableLength === 0) until.delete(socket)
        else if (now > end) socket.destroy()
      }
    },
    Math.min(1000, graceMs),
  ).unref()
  return {
    watch(socket) {
      const waiting = socket.writableLength
      if (waiting === 0 || until.has(socket)) return
      until.set(socket, performance.now() + graceMs + (waiting / RATE) * 1000)
    },
    stop: () => clearInterval(timer),
  }
}
