import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Gives a connection to node:http, with the bytes that have come by it; nobody else may listen to it. */
export type HandOver = (socket: Socket, bytes: Buffer) => void

/**
 * Takes the connections of a server before node:http does. To be called before anybody else listens
 * for connections.
 */
export function beforeHttp(
  server: Server,
  take: (socket: Socket, handOver: HandOver) => void,
): void {
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  const handOver: HandOver = (socket, bytes) => {
    socket.unshift(bytes)
    for (const listener of listeners) listener.call(server, socket)
    socket.resume()
  }
  server.on('connection', (socket: Socket) => take(socket, handOver))
}
