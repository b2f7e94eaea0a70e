import type { IncomingMessage } from 'node:http'
import { fault } from '../http/errors.ts'
import { SLOWEST } from './connections.ts'
import type { Asked } from './transport.ts'
import { refuseUnreadable, TooSlow } from './unreadable.ts'

/** Largest body, unless a contract takes an upload. */
export const MAX_BODY = 1024 * 1024

const LINGER = 2000

/** Milliseconds to send a body in, beside those that what came may take. */
const BODY_MS = 10_000

/**
 * The whole body; undefined when it is empty. Fails with `payload_too_large` as soon as it is known
 * to be over `limit`, and with `ClientGone` when it ends before its end. A client that sends it too
 * slowly is answered 408 and cut. `begin` is called when the client may send.
 */
export function readBody(
  body: Asked['body'],
  announced: number | undefined,
  limit: number,
  begin?: () => void,
): Promise<Buffer | undefined> | Buffer | undefined {
  const tooLarge = () => fault('payload_too_large', `The body is over ${limit} bytes`)
  if (announced !== undefined && announced > limit) throw tooLarge()
  if (!body || Buffer.isBuffer(body)) return body
  begin?.()
  return received(body, limit, tooLarge)
}

function received(
  request: IncomingMessage,
  limit: number,
  tooLarge: () => Error,
): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) {
        chunks.push(chunk)
        return
      }
      chunks.length = 0
      clearTimeout(timer)
      request.off('data', take)
      reject(tooLarge())
    }
    const began = performance.now()
    const look = () => {
      const left = began + BODY_MS + (size / SLOWEST) * 1000 - performance.now()
      if (left > 0) timer = setTimeout(look, left)
      else refuseUnreadable(new TooSlow(), request.socket)
    }
    let timer = setTimeout(look, BODY_MS)
    const gone = () => {
      clearTimeout(timer)
      reject(new ClientGone())
    }
    request.on('data', take)
    request.once('end', () => {
      clearTimeout(timer)
      resolve(chunks.length > 1 ? Buffer.concat(chunks, size) : chunks[0])
    })
    request.once('close', gone)
    request.on('error', gone)
  })
}

/**
 * Reads what is still sent of a refused body and throws it away: closing at once would reset the
 * connection, and the client could lose the answer. For two seconds at most.
 */
export function discard(request: Asked['body']): void {
  if (!request || Buffer.isBuffer(request) || request.complete) return
  const timer = setTimeout(() => request.socket.destroy(), LINGER).unref()
  const done = () => clearTimeout(timer)
  request.once('end', done).once('close', done)
  request.on('error', () => undefined)
  request.resume()
}

/** The client closed the connection while it was sending. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
  constructor() {
    super('The client went away before the end of its request')
  }
}
