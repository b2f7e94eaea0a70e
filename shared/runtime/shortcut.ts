import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { beforeHttp, type HandOver } from './before-http.ts'
import { type PlainRequest, readPlain } from './plain-request.ts'
import type { Asked, Outlet, Sending } from './transport.ts'
import { refuseUnreadable, TooSlow } from './unreadable.ts'
import { write } from './wire.ts'

export type Shortcut = {
  /** Ends connections that wait for a request and have nothing left to send. */
  closeIdle(): void
}

type Options = {
  answer: (asked: Asked, outlet: Outlet) => void
  /** How long a connection may wait for its first request, and for the next one. */
  firstMs: number
  nextMs: number
}

/**
 * Answers plain requests straight on their sockets, without the objects of node:http, which cost more
 * than all that the host does itself. Whatever is not plain goes to the server's own listeners with the
 * bytes that came, and so does all that follows on that connection. To be called before anybody else
 * listens for connections.
 */
export function takeShortcut(server: Server, options: Options): Shortcut {
  const open = new Set<Connection>()
  beforeHttp(server, (socket, handOver) => {
    open.add(new Connection(socket, options, handOver, (it) => open.delete(it)))
  })
  const every = Math.min(1000, options.firstMs)
  const timer = setInterval(() => {
    for (const connection of open) connection.grow(every)
  }, every).unref()
  server.once('close', () => clearInterval(timer))
  return {
    closeIdle: () => {
      for (const connection of open) connection.closeIfIdle()
    },
  }
}

/** A connection for as long as nothing but plain requests come by it. */
class Connection {
  readonly socket: Socket
  readonly keepAlive: number
  readonly #options: Options
  readonly #give: HandOver
  readonly #left: (it: Connection) => void
  /** How long it has been waiting, and how long it may. */
  #age = 0
  #patience: number
  #current: PlainCall | undefined
  #early: Buffer | undefined
  #hasEnded = false

  constructor(socket: Socket, options: Options, give: HandOver, left: (it: Connection) => void) {
    this.socket = socket
    this.keepAlive = options.nextMs / 1000
    this.#options = options
    this.#patience = options.firstMs
    this.#give = give
    this.#left = left
    socket.on('data', this.#take)
    socket.on('drain', this.#drained)
    socket.on('end', this.#ended)
    socket.on('error', this.#failed)
    socket.on('close', this.#closed)
  }

  /** Called now and then: looking at the clock for each request would cost more. */
  grow(ms: number): void {
    if (this.#current) return
    this.#age += ms
    // It may have come right before the first look.
    if (this.#age <= this.#patience) return
    if (this.#patience === this.#options.firstMs) refuseUnreadable(new TooSlow(), this.socket)
    else this.socket.destroy()
  }

  closeIfIdle(): void {
    if (!this.#current && this.socket.writableLength === 0) this.socket.destroy()
  }

  /** The answer has been written. */
  answered(close: boolean): void {
    this.#current = undefined
    this.#age = 0
    this.#patience = this.#options.nextMs
    if (close || this.#hasEnded) {
      this.socket.destroySoon()
      return
    }
    // Whoever does not take answers gets no more of them.
    if (this.socket.writableNeedDrain) this.socket.pause()
    else this.#drained()
  }

  readonly #take = (bytes: Buffer): void => {
    if (this.#current || this.socket.writableNeedDrain) {
      // The next request before this one's answer: it waits, and all behind it.
      this.#early = this.#early ? Buffer.concat([this.#early, bytes]) : bytes
      this.socket.pause()
      return
    }
    const request = this.socket.writable ? readPlain(bytes) : undefined
    if (!request) {
      this.#handOver(bytes)
      return
    }
    const call = new PlainCall(this, request)
    this.#current = call
    this.#options.answer(call, call)
  }

  readonly #drained = (): void => {
    if (this.#current) return
    const early = this.#early
    this.#early = undefined
    if (this.socket.isPaused()) this.socket.resume()
    if (early) this.#take(early)
  }

  #handOver(bytes: Buffer): void {
    const { socket } = this
    this.#left(this)
    socket.off('data', this.#take)
    socket.off('drain', this.#drained)
    socket.off('end', this.#ended)
    socket.off('error', this.#failed)
    socket.off('close', this.#closed)
    this.#give(socket, bytes)
  }

  /** The client sends no more; what it has asked is still answered. */
  readonly #ended = (): void => {
    this.#hasEnded = true
    if (!this.#current) this.socket.destroySoon()
  }

  readonly #failed = (): void => {
    this.socket.destroy()
  }

  readonly #closed = (): void => {
    this.#left(this)
  }
}

/** One request and its answer; one object, as there is one of them for each call. */
class PlainCall implements Asked, Outlet {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly version = '1.1'
  readonly socket: Socket
  readonly body: Buffer | undefined
  readonly #connection: Connection
  readonly #close: boolean
  #isSent = false

  constructor(connection: Connection, request: PlainRequest) {
    this.method = request.method
    this.target = request.target
    this.rawHeaders = request.rawHeaders
    this.body = request.body
    this.socket = connection.socket
    this.#connection = connection
    this.#close = request.close
  }

  get isOpen(): boolean {
    return !this.#isSent && !this.socket.destroyed
  }

  send(answer: Sending): void {
    if (!this.isOpen) return
    answer.close ||= this.#close
    write(this.socket, answer, this.#connection.keepAlive)
    this.#isSent = true
    this.#connection.answered(answer.close)
  }

  /** Whoever waits for that is not plain. */
  proceed(): void {}

  cut(): void {
    this.socket.destroy()
  }
}
