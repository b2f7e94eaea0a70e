/** Who takes an answer of an instance, part by part. */
export type Receiver = {
  /** `head` has the status line and the header lines as sent; `length` is undefined when only the end tells it. */
  head(status: number, head: string, length: number | undefined): void
  /** False when it has to wait until `resume`. */
  data(chunk: Buffer): boolean
  /** All that came at once has been told. */
  flush(): void
  /** The answer is whole, with these last bytes of it. */
  end(chunk?: Buffer): void
}

const END = Buffer.from('\r\n\r\n')
const LINE_END = Buffer.from('\r\n')
const LONGEST_HEAD = 32 * 1024
const LONGEST_LINE = 1024
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: |\r\n|$)/
const FRAMING =
  /\r\n(?:content-length:[\t ]*(\d{1,15})|transfer-encoding:[\t ]*(chunked)|connection:[\t ]*([^\r]*))[\t ]*(?=\r\n|$)/gi
const ANY_FRAMING = /\r\n(?:content-length|transfer-encoding)[\t ]*:/gi

/**
 * Reads the answers of one HTTP/1.1 connection, one at a time. It refuses whatever could be read in
 * two ways: framing told twice or both ways, other transfer codings, bytes that nobody asked for.
 */
export class AnswerReader {
  /** Whether the connection may be asked again after this answer. */
  isKept = true
  /** Whether the receiver has to be given time before more is read. */
  isFull = false
  #receiver: Receiver | undefined
  #isBodiless = false
  #reading: 'head' | 'length' | 'size' | 'chunk' | 'chunk end' | 'trailer' | 'close' = 'head'
  #missing = 0
  #pending: Buffer | undefined

  /** The next answer goes there; `isBodiless` after HEAD. */
  begin(receiver: Receiver, isBodiless: boolean): void {
    this.#receiver = receiver
    this.#isBodiless = isBodiless
    this.#reading = 'head'
    this.isKept = true
    this.isFull = false
  }

  /** True when the answer has ended. @throws Error for what cannot be trusted to be read rightly */
  take(chunk: Buffer): boolean {
    const receiver = this.#receiver
    if (!receiver) throw new Error('bytes that nobody asked for')
    let rest: Buffer = this.#pending ? Buffer.concat([this.#pending, chunk]) : chunk
    this.#pending = undefined
    while (this.#receiver) {
      const left = this.#step(receiver, rest)
      if (left === undefined) break
      rest = left
      if (rest.length === 0) break
    }
    if (this.#receiver) receiver.flush()
    else if (rest.length > 0) this.isKept = false
    return this.#receiver === undefined
  }

  /** The connection has ended: whether that was the answer's end. */
  closed(): boolean {
    if (!this.#receiver || this.#reading !== 'close') return false
    this.#finish()
    return true
  }

  /** What is left to read; undefined when more is needed first. */
  #step(receiver: Receiver, bytes: Buffer): Buffer | undefined {
    switch (this.#reading) {
      case 'head':
        return this.#head(receiver, bytes)
      case 'length':
      case 'chunk':
        return this.#body(receiver, bytes)
      case 'close':
        this.isFull = !receiver.data(bytes)
        return undefined
      default:
        return this.#line(bytes)
    }
  }

  #head(receiver: Receiver, bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(END)
    if (end < 0) {
      if (bytes.length > LONGEST_HEAD) throw new Error('a head without an end')
      this.#pending = bytes
      return undefined
    }
    const head = bytes.toString('latin1', 0, end)
    const status = Number(STATUS_LINE.exec(head)?.[1] ?? 0)
    if (status < 100 || status === 101) throw new Error('no status that we could have asked for')
    const rest = bytes.subarray(end + 4)
    if (status < 200) return rest
    const length = this.#framing(head, status)
    receiver.head(status, head, length)
    if (length === 0 || this.#isBodiless || status === 204 || status === 304) this.#finish()
    return rest
  }

  /** How the body ends; gives its length. */
  #framing(head: string, status: number): number | undefined {
    let length: number | undefined
    let isChunked = false
    let told = 0
    for (const [, digits, chunked, connection] of head.matchAll(FRAMING)) {
      if (connection !== undefined) this.isKept &&= !/\bclose\b/i.test(connection)
      else told++
      if (digits !== undefined) length = Number(digits)
      if (chunked !== undefined) isChunked = true
    }
    if (head.startsWith('HTTP/1.0')) this.isKept = false
    if ((head.match(ANY_FRAMING)?.length ?? 0) !== told || told > 1)
      throw new Error(`an answer of ${status} that ends in more ways than one`)
    this.#reading = isChunked ? 'size' : length === undefined ? 'close' : 'length'
    this.#missing = length ?? 0
    return length
  }

  #body(receiver: Receiver, bytes: Buffer): Buffer | undefined {
    const part = bytes.length > this.#missing ? bytes.subarray(0, this.#missing) : bytes
    this.#missing -= part.length
    if (this.#missing > 0) {
      this.isFull = !receiver.data(part)
      return undefined
    }
    if (this.#reading === 'length') this.#finish(part)
    else {
      this.isFull = !receiver.data(part)
      this.#reading = 'chunk end'
    }
    return bytes.subarray(part.length)
  }

  #line(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(LINE_END)
    if (end < 0) {
      if (bytes.length > LONGEST_LINE) throw new Error('a chunk without a size')
      this.#pending = bytes
      return undefined
    }
    const line = bytes.toString('latin1', 0, end)
    if (this.#reading === 'trailer') {
      if (line === '') this.#finish()
    } else if (this.#reading === 'chunk end') {
      if (line !== '') throw new Error('a chunk longer than it said')
      this.#reading = 'size'
    } else {
      if (!/^[0-9a-f]{1,8}[\t ]*(?:;|$)/i.test(line)) throw new Error('a chunk without a size')
      this.#missing = Number.parseInt(line, 16)
      this.#reading = this.#missing === 0 ? 'trailer' : 'chunk'
    }
    return bytes.subarray(end + 2)
  }

  #finish(last?: Buffer): void {
    const receiver = this.#receiver
    this.#receiver = undefined
    receiver?.end(last)
  }
}
