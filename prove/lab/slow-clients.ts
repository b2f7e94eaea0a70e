import { connect, type Socket } from 'node:net'

/** Ways to hold a connection: sending headers or a body, or taking an answer, a little at a time. */
export type Slowness = 'headers' | 'body' | 'reading'

export type SlowClients = {
  /** How many are still connected. */
  open(): number
  /** Milliseconds from its connection to its end, of each that was cut. */
  lives: number[]
  stop(): void
}

const EVERY = 1_000

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: shop.example\r\n\r\n`
const openings: Record<Slowness, (path: string) => string> = {
  headers: (path) => `GET ${path} HTTP/1.1\r\nHost: shop.example\r\n`,
  body: (path) =>
    `POST ${path} HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{`,
  // More than the buffers of two kernels hold.
  reading: (path) => get(path).repeat(400),
}

/** Connects so many clients that are slow in this way, and go on a little every second. */
export function startSlowClients(
  port: number,
  many: number,
  kind: Slowness,
  path: string,
): SlowClients {
  const lives: number[] = []
  const open = new Set<Socket>()
  for (let at = 0; at < many; at++) {
    const began = performance.now()
    const socket = connect({ port, host: '127.0.0.1' })
    open.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => {
      open.delete(socket)
      lives.push(performance.now() - began)
    })
    if (kind === 'reading') socket.pause()
    else socket.resume()
    socket.write(openings[kind](path))
  }
  const timer = setInterval(() => {
    for (const socket of open)
      if (kind === 'reading') socket.read(1)
      else if (socket.writable) socket.write(kind === 'headers' ? 'X-A: b\r\n' : ' ')
  }, EVERY)
  return {
    open: () => open.size,
    lives,
    stop() {
      clearInterval(timer)
      for (const socket of open) socket.destroy()
    },
  }
}
