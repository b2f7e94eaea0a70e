import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import type { Attack, Slowness } from './slow-clients.ts'

/** The process behind `startSlowClients`. */

/** Theirs alone, by which the server's side of their connections is known; and as /proc/net/tcp has it. */
const ADDRESS = { localAddress: '127.0.0.2', hex: '0200007F' }
const EVERY = 1_000
const TELL_EVERY = 100
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

const { port, many, perSecond, kind, path }: Attack = JSON.parse(process.argv[2] ?? '')
const open = new Set<Socket>()
const began = performance.now()
let started = 0
let connected = 0

function start() {
  const socket = connect({ port, host: '127.0.0.1', localAddress: ADDRESS.localAddress })
  open.add(socket)
  socket.once('connect', () => connected++)
  socket.on('error', () => undefined)
  socket.once('close', () => open.delete(socket))
  if (kind === 'reading') socket.pause()
  else socket.resume()
  socket.write(openings[kind](path))
}

/** How many of their connections stand, as the server has them: who reads nothing is not told of a cut. */
function held(): number {
  const at = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = '', remote = '', state]) =>
        state === ESTABLISHED && local.endsWith(at) && remote.startsWith(ADDRESS.hex),
    ).length
}

setInterval(() => {
  const due = Math.min(many, ((performance.now() - began) / 1000) * perSecond)
  for (; started < due; started++) start()
}, 5)
setInterval(() => {
  for (const socket of open)
    if (kind === 'reading') socket.read(1)
    else if (socket.writable) socket.write(kind === 'headers' ? 'X-A: b\r\n' : ' ')
}, EVERY)
setInterval(() => process.send?.({ held: held(), connected }), TELL_EVERY)
process.on('disconnect', () => process.exit())
