/** Who takes an answer of an instance, part by part. */
export type Receiver = {
  /**
   * `head` has the status line and the header lines as sent, without those for us only; `length` is
   * undefined when only the end tells it.
   */
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
const LENGTH = /^[\t ]*(\d{1,15})[\t ]*$/
const CHUNKED = /^[\t ]*chunked[\t ]*$/i

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
    const { kept, length } = this.#framing(head, status)
    receiver.head(status, kept, length)
    if (length === 0 || this.#isBodiless || status === 204 || status === 304) this.#finish()
    return rest
  }

  /** How the body ends; gives its length, and the head without what is for us only. */
  #framing(head: string, status: number): { kept: string; length: number | undefined } {
    let kept = ''
    let from = 0
    let length: number | undefined
    let isChunked = false
    for (let at = head.indexOf('\r\n'); at >= 0; ) {
      const next = head.indexOf('\r\n', at + 2)
      const name = nameAt(head, at + 2)
      if (name !== undefined) {
        const value = head.slice(head.indexOf(':', at) + 1, next < 0 ? undefined : next)
        const isFraming = name === 'content-length' || name === 'transfer-encoding'
        if (isFraming && (length !== undefined || isChunked))
          throw new Error(`an answer of ${status} that ends in more ways than one`)
        if (name === 'content-length') length = Number(LENGTH.exec(value)?.[1] ?? Number.NaN)
        else if (name === 'transfer-encoding') isChunked = CHUNKED.test(value)
        else if (name === 'connection') this.isKept &&= !/\bclose\b/i.test(value)
        if (Number.isNaN(length) || (name === 'transfer-encoding' && !isChunked))
          throw new Error(`an answer of ${status} whose end cannot be told`)
        if (name !== 'content-length') {
          kept += head.slice(from, at)
          from = next < 0 ? head.length : next
        }
      }
      at = next
    }
    if (head.startsWith('HTTP/1.0')) this.isKept = false
    this.#reading = isChunked ? 'size' : length === undefined ? 'close' : 'length'
    this.#missing = length ?? 0
    return { kept: kept + head.slice(from), length }
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

/** What tells where an answer ends, and what concerns one connection only. */
const SPECIAL = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'upgrade',
])
/** Their first letters. */
const INITIALS = new Set([...SPECIAL].map((name) => name.charCodeAt(0)))

/** The name in lower case of a header line that is one of those. */
function nameAt(head: string, begin: number): string | undefined {
  // Most lines are none of these, and are passed over by their first letter.
  if (!INITIALS.has(head.charCodeAt(begin) | 32)) return undefined
  const colon = head.indexOf(':', begin)
  if (colon < 0) return undefined
  const name = head.slice(begin, colon).trimEnd().toLowerCase()
  return SPECIAL.has(name) ? name : undefined
}
