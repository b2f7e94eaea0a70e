import type { Socket } from 'node:net'
import { type Fault, fault } from '../http/errors.ts'
import { requestIdOf } from './ids.ts'
import { rawProblem } from './reply.ts'

/** Answers on a connection whose request could not be read as HTTP, and closes it. */
export function refuseUnreadable(
  error: Error & { code?: string; rawPacket?: Buffer },
  socket: Socket,
): void {
  const { _httpMessage: current } = socket as Socket & { _httpMessage?: { headersSent: boolean } }
  if (error.code === 'ECONNRESET' || !socket.writable || current?.headersSent) {
    socket.destroy()
    return
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    socket.end('HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    return
  }
  socket.end(rawProblem(unreadable(error), requestIdOf(undefined)))
}

function unreadable(error: Error & { code?: string; rawPacket?: Buffer }): Fault {
  if (error.name === 'Fault') return error as Fault
  if (error.code !== 'HPE_HEADER_OVERFLOW')
    return fault('invalid_request', 'This is not a request that can be read')
  const firstLine = error.rawPacket?.subarray(0, 16 * 1024).indexOf('\r\n') ?? 0
  return fault(firstLine < 0 ? 'uri_too_long' : 'headers_too_large')
}

/** A client did not send in time what it had to. */
export class TooSlow extends Error {
  /** As node:http names it. */
  readonly code = 'ERR_HTTP_REQUEST_TIMEOUT'
}
