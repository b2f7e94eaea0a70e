/** A function's result as HTTP. */
export type Translated<Body = Buffer> = {
  status: number
  headers: [string, string][]
  body: Body
  /** Which of API Gateway's rules the result broke; the rest is then its bare 500. */
  fault?: string
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/
/** API Gateway writes these itself and drops a function's. */
const DROPPED = new Set(['connection', 'content-length', 'date', 'transfer-encoding', 'upgrade'])

/**
 * What API Gateway's HTTP API answers for the value a handler returned. Header names come in lower
 * case, each once, but for one `set-cookie` per cookie. Never throws.
 */
export function fromResult(result: unknown): Translated {
  const translated = translate(result)
  return { ...translated, body: bytesOf(translated.body) }
}

export function bytesOf(body: Buffer | string): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : body
}

/** The same; text stays text, which Node sends in one piece with the head. */
export function translate(result: unknown): Translated<Buffer | string> {
  if (!isObject(result) || !('statusCode' in result) || result.statusCode === undefined)
    return inferred(result)
  const { statusCode, body, isBase64Encoded, cookies } = result
  if (typeof statusCode !== 'number' || !Number.isInteger(statusCode))
    return broken('statusCode is not a whole number')
  if (statusCode < 200 || statusCode > 599) return broken('statusCode is not from 200 to 599')
  if (body !== undefined && body !== null && typeof body !== 'string')
    return broken('body is not a string')
  if (
    isBase64Encoded !== undefined &&
    isBase64Encoded !== null &&
    typeof isBase64Encoded !== 'boolean'
  )
    return broken('isBase64Encoded is not a boolean')
  const headers = readHeaders(result.headers)
  if (typeof headers === 'string') return broken(headers)
  const setCookies = readCookies(cookies)
  if (typeof setCookies === 'string') return broken(setCookies)
  const bodiless = statusCode === 204 || statusCode === 304
  if (!bodiless && !headers.some(([name]) => name === 'content-type'))
    headers.push(['content-type', 'text/plain; charset=utf-8'])
  return {
    status: statusCode,
    headers: lines(headers, setCookies),
    body: bodiless || !body ? '' : isBase64Encoded ? Buffer.from(body, 'base64') : body,
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A result with no `statusCode`: the value is the body, 200, JSON. A string goes out as it is. */
function inferred(result: unknown): Translated<string> {
  let text: string
  try {
    text = typeof result === 'string' ? result : (JSON.stringify(result) ?? 'null')
  } catch (error) {
    return broken(`the result is not JSON: ${error instanceof Error ? error.message : error}`)
  }
  return {
    status: 200,
    headers: [['content-type', 'application/json']],
    body: text,
  }
}

type Lines = [string, string][]

function readHeaders(given: unknown): Lines | string {
  const headers: Lines = []
  if (given === undefined || given === null) return headers
  if (!isObject(given)) return 'headers is not an object'
  for (const key of Object.keys(given)) {
    const value = given[key]
    if (value === undefined || value === null) continue
    const name = lowered.get(key) ?? lower(key)
    if (name === undefined) return 'headers holds a bad name'
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      return `headers['${name}'] is not a string`
    const text = String(value)
    if (BAD_VALUE.test(text)) return `headers['${name}'] holds characters a header cannot`
    if (!DROPPED.has(name)) put(headers, name, text)
  }
  return headers
}

/** There are few: looking through them is quicker than a map. */
function put(headers: Lines, name: string, value: string): void {
  const before = headers.find((it) => it[0] === name)
  if (before) before[1] = value
  else headers.push([name, value])
}

/** Functions use the same few names over and over. */
const lowered = new Map<string, string>()

function lower(key: string): string | undefined {
  if (!TOKEN.test(key)) return undefined
  const name = key.toLowerCase()
  if (lowered.size < 500) lowered.set(key, name)
  return name
}

function readCookies(given: unknown): string[] | string {
  if (given === undefined || given === null) return []
  if (!Array.isArray(given)) return 'cookies is not a list'
  for (const cookie of given)
    if (typeof cookie !== 'string' || BAD_VALUE.test(cookie)) return 'cookies holds a bad value'
  return given
}

/** Cookies of the list come before one set as a header; both are sent. */
function lines(headers: Lines, cookies: string[]): Lines {
  if (cookies.length === 0) return headers
  const rest = headers.filter(([name]) => name !== 'set-cookie')
  const own = headers.filter(([name]) => name === 'set-cookie')
  return [...rest, ...cookies.map((cookie): [string, string] => ['set-cookie', cookie]), ...own]
}

function broken(fault: string): Translated<string> {
  return {
    status: 500,
    headers: [['content-type', 'application/json']],
    body: '{"message":"Internal Server Error"}',
    fault,
  }
}
