import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

/** Ways to hold a connection: sending headers or a body, or taking an answer, a little at a time. */
export type Slowness = 'headers' | 'body' | 'reading'

const EVERY = 1_000
/** In /proc/net/tcp. */
const ESTABLISHED = '01'

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
const openings: Record<Slowness, (path: string) => string> = {
  headers: (path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n`,
  body: (path) =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{`,
  // More than the buffers of two kernels hold.
  reading: (path) => get(path).repeat(100),
}

/** Connects so many clients that are slow in this way, and go on a little every second. */
export function startSlowClients(
  port: number,
  many: number,
  kind: Slowness,
  path: string,
): { held(): number; stop(): void } {
  const open = new Set<Socket>()
  for (let at = 0; at < many; at++) {
    const socket = connect({ port, host: '127.0.0.1' })
    open.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
    if (kind === 'reading') socket.pause()
    else socket.resume()
    socket.write(openings[kind](path))
  }
  const timer = setInterval(() => {
    for (const socket of open)
      if (kind === 'reading') socket.read(1)
      else if (socket.writable) socket.write(kind === 'headers' ? 'X-A: b\r\n' : ' ')
  }, EVERY)
  const ports = new Set<number>()
  return {
    /** How many the server still has: a client that reads nothing is not told that it was cut. */
    held() {
      for (const { localPort } of open) if (localPort) ports.add(localPort)
      return peersOf(port).filter((it) => ports.has(it)).length
    },
    stop() {
      clearInterval(timer)
      for (const socket of open) socket.destroy()
    },
  }
}

/** Ports of clients whose connections to this port stand, as the server's side has them. */
function peersOf(port: number): number[] {
  const portIn = (address = '') => Number.parseInt(address.split(':')[1] ?? '', 16)
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === ESTABLISHED && portIn(local) === port)
    .map(([, , remote]) => portIn(remote))
}
