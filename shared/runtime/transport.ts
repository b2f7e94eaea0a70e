import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { textOf } from './wire.ts'

/** A request as it came, by whichever way. */
export type Asked = {
  method: string
  /** As on the request line: path and query, still encoded. */
  target: string
  /** Name, value, name, value, as they came. */
  rawHeaders: readonly string[]
  /** `1.1` */
  version: string
  socket: Socket
  /** The body: whole already, or still to be read. */
  body: Buffer | IncomingMessage | undefined
}

/** An answer as it goes out. */
export type Sending = {
  status: number
  /** Lines that are sent again and again, before the others. */
  kept?: KeptLines | undefined
  /** Name, value, name, value. */
  lines: string[]
  /** Sent with its `content-length`; undefined where the answer has none. */
  body: Buffer | string | undefined
  /** The connection ends with this answer. */
  close: boolean
}

/** Header lines as a list, and as they stand on the wire. */
export type KeptLines = { list: readonly string[]; text: string }

/** Where the answer to one request goes. */
export type Outlet = {
  /** Whether an answer can still be sent. */
  readonly isOpen: boolean
  send(answer: Sending): void
  /** Tells a client that waits for it that it may send its body. */
  proceed(): void
  /** Ends the connection without an answer. */
  cut(): void
}

export function keptLines(list: readonly string[]): KeptLines {
  return { list, text: textOf(list) }
}

/** By way of node:http. */
export function askedOverHttp(request: IncomingMessage): Asked {
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    rawHeaders: request.rawHeaders,
    version: request.httpVersion,
    socket: request.socket,
    body: request,
  }
}

export function outletOverHttp(response: ServerResponse): Outlet {
  return {
    get isOpen() {
      return !response.headersSent && !response.destroyed
    },
    send({ status, kept, lines, body, close }) {
      if (body !== undefined) lines.push('content-length', String(Buffer.byteLength(body)))
      if (close) lines.push('connection', 'close')
      response.writeHead(status, kept ? kept.list.concat(lines) : lines)
      response.end(body)
    },
    proceed: () => response.writeContinue(),
    cut: () => response.destroy(),
  }
}
