import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AnswerReader, type Receiver } from './answer-reader.ts'

/** Connections that wait for their instance. */
const MOST_BUSY = 128
/** All of them, with those whose clients take no more for now. */
const MOST_CONNECTIONS = 512
const CONNECT_MS = 1_000
/**
 * Nothing heard for so long: an instance that hangs, as services keep a deadline of 30 s themselves;
 * or an idle connection, given up well before the 95 s after which a service closes it.
 */
const SILENCE_MS = 35_000

/** One request to an instance. */
export type Question = {
  /** Request line and header lines with the empty line, as they are sent. */
  head: string
  body?: Buffer | undefined
  /** Whether its answer has no body whatever its head says: HEAD. */
  isBodiless: boolean
  receiver: Receiver & {
    /** Nothing more will come. `sent`: the instance may have done what it was asked. */
    failed(sent: boolean): void
    /** Others need the connection, and its client takes no more of the answer: it has to go. */
    cut(): void
  }
}

/** A question on its way. */
export type Call = {
  /** Nobody waits for the answer any more; the receiver is told nothing further. */
  abort(): void
  /** After `data` gave false. */
  resume(): void
}

type Opening = { socket: Socket; opened: 'connect' | 'secureConnect' }

/**
 * Kept connections to one instance, each with one question at a time; more questions wait in line.
 * Clients that do not take their answers keep nobody waiting: their connections do not count, and when
 * there are too many, those that have waited for their client the longest are cut.
 */
export class Upstream {
  readonly #open: () => Opening
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()
  /** Of those, who wait for their client; the longest first. */
  readonly #stuck = new Set<Connection>()
  readonly #waiting: Asked[] = []
  #isClosing = false

  constructor(url: string) {
    const { protocol, hostname, port } = new URL(url)
    const host = hostname.replace(/^\[|\]$/g, '')
    this.#open =
      protocol === 'https:'
        ? () => ({
            socket: connectTls({ host, port: Number(port || 443), servername: host }),
            opened: 'secureConnect',
          })
        : () => ({
            socket: connect({ host, port: Number(port || 80), noDelay: true }),
            opened: 'connect',
          })
  }

  ask(question: Question): Call {
    const asked = new Asked(question)
    let connection = this.#idle.pop()
    while (connection?.isGone) connection = this.#idle.pop()
    if (connection) connection.ask(asked)
    else if (this.#hasPlace()) this.#connect(asked)
    else this.#waiting.push(asked)
    return asked
  }

  /** Ends idle connections now and the others with their answers. */
  close(): void {
    this.#isClosing = true
    for (const connection of this.#idle.splice(0)) connection.destroy()
  }

  /** Ends all of them. */
  destroy(): void {
    this.close()
    for (const connection of this.#all) connection.destroy()
  }

  #connect(asked: Asked): void {
    const connection = new Connection(this.#open(), {
      free: () => {
        const next = this.#next()
        if (next) connection.ask(next)
        else if (this.#isClosing) connection.destroy()
        else this.#idle.push(connection)
      },
      stuck: (isStuck) => {
        if (isStuck) this.#stuck.add(connection)
        else this.#stuck.delete(connection)
        const next = isStuck && this.#hasPlace() ? this.#next() : undefined
        if (next) this.#connect(next)
      },
      gone: () => {
        this.#all.delete(connection)
        this.#stuck.delete(connection)
        const at = this.#idle.indexOf(connection)
        if (at >= 0) this.#idle.splice(at, 1)
        const next = this.#next()
        if (next) this.#connect(next)
      },
    })
    this.#all.add(connection)
    connection.ask(asked)
  }

  /** Whether there may be one more; makes room for it where that is needed. */
  #hasPlace(): boolean {
    if (this.#all.size - this.#stuck.size >= MOST_BUSY) return false
    const [longest] = this.#stuck
    if (this.#all.size >= MOST_CONNECTIONS) longest?.cut()
    return true
  }

  #next(): Asked | undefined {
    let next = this.#waiting.shift()
    while (next?.isAborted) next = this.#waiting.shift()
    return next
  }
}

class Asked implements Call {
  readonly question: Question
  connection: Connection | undefined
  isAborted = false
  constructor(question: Question) {
    this.question = question
  }

  abort(): void {
    this.isAborted = true
    this.connection?.destroy()
  }

  resume(): void {
    this.connection?.resume()
  }
}

type Owner = {
  free: () => void
  /** Its client takes no more for now, or does again. */
  stuck: (isStuck: boolean) => void
  gone: () => void
}

class Connection {
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  readonly #owner: Owner
  #asked: Asked | undefined
  #isOpen = false

  constructor({ socket, opened }: Opening, owner: Owner) {
    this.#socket = socket
    this.#owner = owner
    socket.setTimeout(CONNECT_MS)
    socket.once(opened, () => {
      this.#isOpen = true
      socket.setTimeout(SILENCE_MS)
      if (this.#asked) this.#send(this.#asked)
    })
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    // Silence is the client's while it takes no more.
    socket.on('timeout', () => socket.isPaused() || socket.destroy())
    socket.on('end', () => {
      if (this.#reader.closed()) this.#asked = undefined
      socket.destroy()
    })
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#closed())
  }

  get isGone(): boolean {
    return this.#socket.destroyed
  }

  ask(asked: Asked): void {
    this.#asked = asked
    asked.connection = this
    this.#reader.begin(asked.question.receiver, asked.question.isBodiless)
    if (this.#isOpen) this.#send(asked)
  }

  resume(): void {
    this.#reader.isFull = false
    this.#socket.resume()
    this.#owner.stuck(false)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  cut(): void {
    const asked = this.#asked
    // It has not failed: nobody is to be told so.
    this.#asked = undefined
    asked?.question.receiver.cut()
    this.destroy()
  }

  #send({ question: { head, body } }: Asked): void {
    if (body) this.#socket.cork()
    this.#socket.write(head, 'latin1')
    if (!body) return
    this.#socket.write(body)
    this.#socket.uncork()
  }

  #take(chunk: Buffer): void {
    const asked = this.#asked
    if (asked?.isAborted) return
    try {
      if (!this.#reader.take(chunk)) {
        if (this.#reader.isFull) {
          this.#socket.pause()
          this.#owner.stuck(true)
        }
        return
      }
    } catch {
      this.#socket.destroy()
      return
    }
    if (asked) asked.connection = undefined
    this.#asked = undefined
    if (this.#reader.isKept && !this.#socket.destroyed) this.#owner.free()
    else this.#socket.destroy()
  }

  #closed(): void {
    const asked = this.#asked
    this.#asked = undefined
    if (asked && !asked.isAborted) asked.question.receiver.failed(this.#isOpen)
    this.#owner.gone()
  }
}
