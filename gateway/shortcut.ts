import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { cleanPath } from '../shared/derive/gateway.ts'
import { beforeHttp, type HandOver } from '../shared/runtime/before-http.ts'
import { requestIdOf } from '../shared/runtime/ids.ts'
import { log } from '../shared/runtime/log.ts'
import { writeWhole } from '../shared/runtime/wire.ts'
import type { Receiver } from './answer-reader.ts'
import type { Instance, Instances } from './instances.ts'
import type { Call } from './upstream.ts'

/** The service that a clean path belongs to, and its instances; undefined when it is no service's. */
export type Way = (path: string) => { service: string; instances: Instances } | undefined

export type Shortcut = {
  /** Ends connections that wait for a request now, and the others with their answers. */
  close(): void
}

const LONGEST = 8 * 1024
const FIRST_BYTE_MS = 5_000
/** A connection that waits for its next request, or whose client takes nothing. */
const IDLE_MS = 75_000

/** One GET, whole and nothing after it, of which there is only one way to read it (RFC 9112, 3 and 5). */
const PLAIN =
  /^GET (\/[!-~]*) HTTP\/1\.1\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+\r\n$/
/** What says how it is to be read or passed on, or what only we may say. */
const SPECIAL =
  /\n(?:content-length|transfer-encoding|connection|expect|upgrade|te|trailer|keep-alive|proxy-[a-z]+|http2-settings|forwarded|x-(?:forwarded-[a-z]+|real-ip|request-id|deadline-ms)):/i
const KEEP_ALIVE = /\r\nconnection:[\t ]*keep-alive[\t ]*(?=\r\n)/i
const HOST = /\nhost:[\t ]*([^\r]*)/i
const KEPT = `\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${IDLE_MS / 1000}\r\n\r\n`
const CLOSED = '\r\nConnection: close\r\n\r\n'

/**
 * Answers plain GETs for services between two sockets, without the objects of node:http, which cost
 * twice as much as all the rest. Whatever is not plain, and whatever fails before its answer has
 * begun, goes to the server's own listeners with the bytes that came, and so does all that follows on
 * that connection.
 */
export function takeShortcut(server: Server, way: Way): Shortcut {
  const open = new Set<Plain>()
  beforeHttp(server, (socket, handOver) => {
    open.add(new Plain(socket, way, handOver, (it) => open.delete(it)))
  })
  return {
    close: () => {
      for (const connection of open) connection.close()
    },
  }
}

/** A client's connection for as long as it asks for nothing else. */
class Plain implements Receiver {
  readonly #socket: Socket
  readonly #way: Way
  readonly #give: HandOver
  readonly #left: (it: Plain) => void
  readonly #from: string
  #call: Call | undefined
  #asked: Buffer | undefined
  #early: Buffer | undefined
  #service = ''
  #instances: Instances | undefined
  #instance: Instance | undefined
  #id = ''
  #hasBegun = false
  /** Head that goes out with what comes next. */
  #head: string | undefined
  #isChunked = false
  #isClosing = false

  constructor(socket: Socket, way: Way, give: HandOver, left: (it: Plain) => void) {
    this.#socket = socket
    this.#way = way
    this.#give = give
    this.#left = left
    this.#from = `x-forwarded-for: ${socket.remoteAddress ?? ''}\r\nx-forwarded-proto: http\r\nx-forwarded-host: `
    socket.setTimeout(FIRST_BYTE_MS)
    socket.on('data', this.#take)
    socket.on('drain', this.#drained)
    socket.on('end', this.#destroy)
    socket.on('timeout', this.#destroy)
    socket.on('error', this.#destroy)
    socket.on('close', this.#closed)
  }

  close(): void {
    this.#isClosing = true
    if (!this.#call) this.#socket.destroy()
  }

  head(status: number, head: string, length: number | undefined): void {
    this.#hasBegun = true
    this.#isChunked = length === undefined && status !== 204 && status !== 304
    const framing = this.#isChunked ? '\r\nTransfer-Encoding: chunked' : ''
    this.#head = head + framing + (this.#isClosing ? CLOSED : KEPT)
  }

  data(chunk: Buffer): boolean {
    this.#begin()
    if (this.#isChunked) this.#socket.write(`${chunk.length.toString(16)}\r\n`)
    this.#socket.write(chunk)
    return this.#isChunked ? this.#socket.write('\r\n') : !this.#socket.writableNeedDrain
  }

  flush(): void {
    this.#begin()
    this.#socket.uncork()
  }

  end(chunk?: Buffer): void {
    const head = this.#head
    if (head !== undefined && chunk && !this.#isChunked) {
      this.#head = undefined
      writeWhole(this.#socket, head, chunk)
    } else if (chunk) this.data(chunk)
    this.#begin()
    if (this.#isChunked) this.#socket.write('0\r\n\r\n')
    this.#socket.uncork()
    if (this.#instance) this.#instances?.succeeded(this.#instance)
    this.#over()
    if (this.#isClosing) {
      this.#socket.destroySoon()
      return
    }
    const early = this.#early
    if (!early) return
    this.#early = undefined
    this.#socket.resume()
    this.#take(early)
  }

  #begin(): void {
    if (this.#head === undefined) return
    this.#socket.cork()
    this.#socket.write(this.#head, 'latin1')
    this.#head = undefined
  }

  failed(sent: boolean): void {
    const { url = '' } = this.#instance ?? {}
    const outcome = this.#hasBegun ? 'cut' : sent ? 'broken' : 'unsent'
    log.warn('instance failed', {
      service: this.#service,
      instance: url,
      outcome,
      request_id: this.#id,
    })
    if (this.#instance) this.#instances?.failed(this.#instance)
    const asked = this.#asked
    this.#over()
    if (this.#hasBegun || !asked || this.#socket.destroyed) this.#socket.destroy()
    else this.#handOver(this.#early ? Buffer.concat([asked, this.#early]) : asked)
  }

  cut(): void {
    this.#socket.destroy()
  }

  readonly #take = (chunk: Buffer): void => {
    if (this.#call) {
      // The next request before this one's answer: it waits.
      this.#early = this.#early ? Buffer.concat([this.#early, chunk]) : chunk
      this.#socket.pause()
    } else if (!this.#pass(chunk)) this.#handOver(chunk)
  }

  /** Passes it on if it is plain. */
  #pass(chunk: Buffer): boolean {
    if (chunk.length > LONGEST || this.#isClosing) return false
    let text = chunk.toString('latin1')
    const target = PLAIN.exec(text)?.[1]
    if (target === undefined) return false
    if (SPECIAL.test(text)) {
      text = text.replace(KEEP_ALIVE, '')
      if (SPECIAL.test(text)) return false
    }
    const hosts = HOST.exec(text)
    if (!hosts?.[1] || HOST.test(text.slice(hosts.index + 1))) return false
    const at = target.indexOf('?')
    const path = at < 0 ? target : target.slice(0, at)
    const clean = cleanPath(path)
    const found = clean === undefined ? undefined : this.#way(clean)
    const instance = found?.instances.pick()
    if (!found || !instance) return false
    const url = clean === path ? target : `${clean}${target.slice(path.length)}`
    const lines = text.slice(text.indexOf('\n') + 1, -2)
    this.#id = requestIdOf(undefined)
    this.#service = found.service
    this.#instances = found.instances
    this.#instance = instance
    this.#asked = chunk
    this.#hasBegun = false
    this.#socket.setTimeout(IDLE_MS)
    instance.inFlight++
    this.#call = instance.upstream.ask({
      head: `GET ${url} HTTP/1.1\r\n${lines}${this.#from}${hosts[1]}\r\nx-request-id: ${this.#id}\r\n\r\n`,
      isBodiless: false,
      receiver: this,
    })
    return true
  }

  #over(): void {
    if (this.#instance) this.#instance.inFlight--
    this.#instance = undefined
    this.#call = undefined
    this.#asked = undefined
  }

  #handOver(bytes: Buffer): void {
    const socket = this.#socket
    this.#left(this)
    socket.off('data', this.#take)
    socket.off('drain', this.#drained)
    socket.off('end', this.#destroy)
    socket.off('timeout', this.#destroy)
    socket.off('error', this.#destroy)
    socket.off('close', this.#closed)
    socket.setTimeout(0)
    this.#give(socket, bytes)
  }

  readonly #drained = (): void => {
    this.#call?.resume()
  }

  readonly #destroy = (): void => {
    this.#socket.destroy()
  }

  readonly #closed = (): void => {
    this.#left(this)
    this.#call?.abort()
    this.#over()
  }
}
