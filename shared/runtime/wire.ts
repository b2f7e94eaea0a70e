import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Sending } from './transport.ts'

/** What a line may hold: nothing that could end it, or that is not one byte. */
const SOUND = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t\x20-\x7e\x80-\xff]*\r\n)*$/

/**
 * Header lines (name, value, …) as they stand on the wire.
 * @throws TypeError for what cannot stand in a header
 */
export function textOf(lines: readonly string[]): string {
  let text = ''
  for (let at = 0; at + 1 < lines.length; at += 2) text += `${lines[at]}: ${lines[at + 1]}\r\n`
  if (!SOUND.test(text)) throw new TypeError('a header holds what it cannot')
  return text
}

const statusLines = Object.fromEntries(
  Object.entries(STATUS_CODES).map(([code, text]) => [code, `HTTP/1.1 ${code} ${text}\r\n`]),
)
let second = 0
let date = ''

/** Head of an answer with all that node:http would add; `keepAlive` in seconds. */
function headOf(
  { status, kept, lines, close }: Sending,
  length: number | undefined,
  keepAlive: number,
): string {
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) {
    second = now
    date = new Date(now * 1000).toUTCString()
  }
  const first = statusLines[status] ?? `HTTP/1.1 ${status} unknown\r\n`
  const measured = length === undefined ? '' : `content-length: ${length}\r\n`
  const last = close ? 'close' : `keep-alive\r\nKeep-Alive: timeout=${keepAlive}`
  return `${first}${kept?.text ?? ''}${textOf(lines)}${measured}Date: ${date}\r\nConnection: ${last}\r\n\r\n`
}

const HEAD = 4 * 1024
const BODY = 64 * 1024

/**
 * Where answers are put together: head and body in one piece cost one write, and the same memory is in
 * the processor's cache. It is free again once the kernel has taken what was written.
 */
let bench = Buffer.allocUnsafeSlow(HEAD + BODY)

/** Writes an answer of HTTP/1.1. */
export function write(socket: Socket, answer: Sending, keepAlive: number): void {
  const { body } = answer
  if (body === undefined) socket.write(headOf(answer, undefined, keepAlive), 'latin1')
  // A character takes three bytes at most.
  else if (typeof body === 'string' && body.length * 3 <= BODY) {
    const length = bench.write(body, HEAD)
    writeBench(socket, headOf(answer, length, keepAlive), length)
  } else {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    writeWhole(socket, headOf(answer, bytes.length, keepAlive), bytes)
  }
}

/** Writes a head, with its empty line, and the whole body, in one piece where they are small. */
export function writeWhole(socket: Socket, head: string, body: Buffer): void {
  if (body.length <= BODY) {
    body.copy(bench, HEAD)
    writeBench(socket, head, body.length)
  } else writeApart(socket, head, body)
}

/** Writes a head and so many bytes of a body that lies on the bench. */
function writeBench(socket: Socket, head: string, length: number): void {
  if (head.length > HEAD) {
    writeApart(socket, head, Buffer.from(bench.subarray(HEAD, HEAD + length)))
    return
  }
  const begin = HEAD - head.length
  bench.write(head, begin, 'latin1')
  socket.write(bench.subarray(begin, HEAD + length))
  if (socket.writableLength > 0) bench = Buffer.allocUnsafeSlow(HEAD + BODY)
}

function writeApart(socket: Socket, head: string, body: Buffer): void {
  socket.cork()
  socket.write(head, 'latin1')
  socket.write(body)
  socket.uncork()
}
