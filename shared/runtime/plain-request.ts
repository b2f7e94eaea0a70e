/** One request that came whole, with nothing behind it, and that can be read in one way only. */
export type PlainRequest = {
  method: string
  /** As on the request line: path and query. */
  target: string
  /** Name, value, name, value, as they came. */
  rawHeaders: string[]
  body: Buffer | undefined
  /** The client wants the connection to end with the answer. */
  close: boolean
}

/** Of what one reading of a socket may give. */
const LONGEST = 64 * 1024
const LONGEST_HEAD = 8 * 1024

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
const VERSION = ' HTTP/1.1\r\n'

/** What says how the message or the connection goes on in ways that are not for here. */
const SPECIAL =
  /^(?:transfer-encoding|expect|upgrade|te|trailer|keep-alive|http2-settings|proxy-connection)$/i

const TOKEN = table((code) => /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(code)))
/** Field content (RFC 9110, 5.5): tab, blank, visible characters, and bytes beyond ASCII. */
const FIELD = table((code) => code === 9 || (code >= 0x20 && code !== 0x7f))

function table(holds: (code: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (holds(code) ? 1 : 0))
}

const CR = 13
const LF = 10
const BLANK = 32
const TAB = 9
const COLON = 58
const SLASH = 47

/**
 * Reads bytes as one request of HTTP/1.1 by the letter of RFC 9112. Undefined for all that is not
 * plainly that (more than one, less than one, any doubt): a complete parser has to look at it.
 */
export function readPlain(bytes: Buffer): PlainRequest | undefined {
  if (bytes.length > LONGEST) return undefined
  const text = bytes.toString('latin1', 0, LONGEST_HEAD)
  const space = text.indexOf(' ')
  const method = text.slice(0, space)
  if (!METHODS.has(method) || text.charCodeAt(space + 1) !== SLASH) return undefined
  let at = space + 2
  for (let code = text.charCodeAt(at); code > BLANK && code < 0x7f; ) code = text.charCodeAt(++at)
  if (!text.startsWith(VERSION, at)) return undefined
  const request: PlainRequest = {
    method,
    target: text.slice(space + 1, at),
    rawHeaders: [],
    body: undefined,
    close: false,
  }
  const framing: Framing = { length: undefined, connection: undefined }
  const end = readFields(text, at + VERSION.length, request.rawHeaders, framing)
  const length = Number(framing.length ?? 0)
  if (end < 0 || bytes.length - end !== length) return undefined
  if (length > 0) request.body = bytes.subarray(end)
  request.close = framing.connection === 'close'
  return request
}

type Framing = { length: string | undefined; connection: string | undefined }

/** Reads fields to their end, and gives where that is; -1 when there is a doubt. */
function readFields(text: string, from: number, into: string[], framing: Framing): number {
  let at = from
  while (text.charCodeAt(at) !== CR) {
    const begin = at
    while (TOKEN[text.charCodeAt(at)] === 1) at++
    if (at === begin || text.charCodeAt(at) !== COLON) return -1
    const name = text.slice(begin, at++)
    while (isBlank(text.charCodeAt(at))) at++
    const first = at
    while (FIELD[text.charCodeAt(at)] === 1) at++
    if (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) return -1
    let last = at
    while (last > first && isBlank(text.charCodeAt(last - 1))) last--
    const value = text.slice(first, last)
    if (!isPlainField(name, value, framing)) return -1
    into.push(name, value)
    at += 2
  }
  return text.charCodeAt(at + 1) === LF ? at + 2 : -1
}

function isBlank(code: number): boolean {
  return code === BLANK || code === TAB
}

/** By length first: most fields are none of these, and are never lower-cased. */
function isPlainField(name: string, value: string, framing: Framing): boolean {
  switch (name.length) {
    case 2:
    case 6:
    case 7:
    case 16:
    case 17:
      return !SPECIAL.test(name)
    case 10:
      if (name.toLowerCase() !== 'connection') return !SPECIAL.test(name)
      if (framing.connection !== undefined) return false
      framing.connection = value.toLowerCase()
      return framing.connection === 'keep-alive' || framing.connection === 'close'
    case 14:
      if (name.toLowerCase() !== 'content-length') return !SPECIAL.test(name)
      if (framing.length !== undefined || !/^\d{1,9}$/.test(value)) return false
      framing.length = value
      return true
    default:
      return true
  }
}
