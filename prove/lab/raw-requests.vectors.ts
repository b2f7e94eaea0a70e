/**
 * Requests that two programs could read in two ways (RFC 9112, 2.2, 5.1, 6.1, 6.3, 7.1, 11.2), or
 * that reach for what is ours alone. `SMUGGLED` is the request line of a second one inside.
 */
export const SMUGGLED = 'GET /api/v1/products/?smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n'

const list = '/api/v1/products/'
const post = (headers: string, body: string) =>
  `POST ${list} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`
const get = (headers: string, after = '') =>
  `GET ${list} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n${after}`
const inside = `0\r\n\r\n${SMUGGLED}`
const both = (coding: string) => post(`Content-Length: ${inside.length}\r\n${coding}`, inside)
const chunked = (body: string) => post('Transfer-Encoding: chunked', body)
const line = (text: string) => `${text}\r\nHost: localhost\r\n\r\n`
const path = (target: string) => line(`GET ${target} HTTP/1.1`)

const lengths: Record<string, string> = {
  'a length with a sign': post('Content-Length: +6', SMUGGLED),
  'a length in hex': post('Content-Length: 0x6', SMUGGLED),
  'a length below nothing': post('Content-Length: -1', SMUGGLED),
  'a list of lengths': post('Content-Length: 0, 6', SMUGGLED),
  'two lengths': post('Content-Length: 0\r\nContent-Length: 6', SMUGGLED),
  'two lengths, one of them in another case': post(
    'Content-Length: 6\r\ncontent-length: 0',
    SMUGGLED,
  ),
  'a length that is not there': post('Content-Length:', SMUGGLED),
  'a length beyond all numbers': post(`Content-Length: ${'9'.repeat(40)}`, SMUGGLED),
  'a length with a comma': post('Content-Length: 6,', SMUGGLED),
  'a length folded': post('Content-Length:\r\n 6', SMUGGLED),
  'a length after a space': post('Content-Length : 6', SMUGGLED),
  'a length of a GET': get(`Content-Length: ${SMUGGLED.length}`, SMUGGLED),
  'a length of a GET with a sign': get('Content-Length: +5', SMUGGLED),
  'a length behind NUL': post('X: a\0\r\nContent-Length: 5', SMUGGLED),
  'a length behind a lone CR': post('X: a\rContent-Length: 5', SMUGGLED),
  'a length behind a lone LF': post('X: a\nContent-Length: 5', SMUGGLED),
}

const codings: Record<string, string> = {
  'length and chunks': both('Transfer-Encoding: chunked'),
  'chunks and length': post(`Transfer-Encoding: chunked\r\nContent-Length: 5`, inside),
  'length and xchunked': both('Transfer-Encoding: xchunked'),
  'length and chunks after a space': both('Transfer-Encoding : chunked'),
  'length and chunks after a tab': both('Transfer-Encoding:\tchunked'),
  'length and chunks after VT': both('Transfer-Encoding: \vchunked'),
  'length and chunks in quotes': both('Transfer-Encoding: "chunked"'),
  'length and chunks twice': both('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'),
  'length and chunks before identity': both('Transfer-Encoding: chunked, identity'),
  'length and identity before chunks': both('Transfer-Encoding: identity, chunked'),
  'length and chunks folded': both('Transfer-Encoding:\r\n chunked'),
  'length and chunks behind a lone LF': both('X: a\nTransfer-Encoding: chunked'),
  'length and chunks behind a lone CR': both('X: a\rTransfer-Encoding: chunked'),
  'length and chunks with NUL': both('Transfer-Encoding: chunked\0'),
  'length and chunks with an underscore': both('Transfer_Encoding: chunked'),
  'length and chunks in capitals': both('TRANSFER-ENCODING: CHUNKED'),
  'length and chunks of a GET': get(`Content-Length: 3\r\nTransfer-Encoding: chunked`, inside),
  'gzip before chunks': post('Transfer-Encoding: gzip, chunked', inside),
  'gzip alone': post('Transfer-Encoding: gzip', inside),
  'chunks by HTTP/1.0': chunked(inside).replace('HTTP/1.1', 'HTTP/1.0'),
}

const chunks: Record<string, string> = {
  'a chunk with a sign': chunked(`+5\r\nhello\r\n${inside}`),
  'a chunk below nothing': chunked(`-1\r\n\r\n${inside}`),
  'a chunk with 0x': chunked(`0x5\r\nhello\r\n${inside}`),
  'a chunk beyond all numbers': chunked(`${'f'.repeat(20)}\r\nhello\r\n${inside}`),
  'a chunk that is longer than it says': chunked(`3\r\nhello\r\n${inside}`),
  'a chunk that ends with LF': chunked(`5\nhello\n0\n\n${SMUGGLED}`),
  'a chunk that ends with CR': chunked(`5\rhello\r0\r\r${SMUGGLED}`),
  'a chunk with a space before its end': chunked(`5 \r\nhello\r\n${inside}`),
  'a chunk without a size': chunked(`\r\nhello\r\n${inside}`),
  'a chunk with an extension full of LF': chunked(`5;a=\nb\r\nhello\r\n${inside}`),
  'a last chunk of several zeros': chunked(`000000\r\n\r\n${SMUGGLED}`),
  'a last chunk with a trailer': chunked(
    `0\r\nContent-Length: 99\r\nHost: evil\r\n\r\n${SMUGGLED}`,
  ),
}

const lines: Record<string, string> = {
  'two hosts': `GET ${list} HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n`,
  'no host': `GET ${list} HTTP/1.1\r\nX: y\r\n\r\n`,
  'an address with a host of its own': path('http://evil/internal/v1/events/'),
  'an address with someone in it': path('//user@evil/internal/v1/events/'),
  'HTTP/0.9': `GET ${list}\r\n\r\n`,
  'HTTP/1.2': path(list).replace('1.1', '1.2'),
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  h2c: get(
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
  ),
  'a web socket': get(
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x',
    SMUGGLED,
  ),
  CONNECT: line('CONNECT shop:80 HTTP/1.1'),
  TRACE: line(`TRACE ${list} HTTP/1.1`),
  'a method of small letters': line(`get ${list} HTTP/1.1`),
  'a tab in the request line': line(`GET\t${list}\tHTTP/1.1`),
  'two spaces in the request line': line(`GET  ${list}  HTTP/1.1`),
  'empty lines before it': `\r\n\r\n${path(list)}`,
  'a header without a name': get(': x'),
  'a header without a colon': get('X'),
  'a folded header': get('X: a\r\n b'),
  'headers named by Connection': get('Connection: close, x-request-id, x-forwarded-for, host'),
  'Expect without a body': post('Expect: 100-continue\r\nContent-Length: 0', SMUGGLED),
  'Expect for something else': get('Expect: 200-ok'),
}

/** What only services may ask, written in the ways in which somebody might read it so. */
export const internal = [
  '/internal/v1/events/',
  '//internal/v1/events/',
  '/./internal/v1/events/',
  '/api/../internal/v1/events/',
  '/api/v1/products/../../../internal/v1/events/',
  '/api/v1/products/..%2f..%2f..%2finternal/v1/events/',
  '/api/v1/products/%2e%2e/%2e%2e/%2e%2e/internal/v1/events/',
  '/api/v1/products/..;/..;/..;/internal/v1/events/',
  '/api/v1/products/..\\..\\..\\internal/v1/events/',
  '/%69nternal/v1/events/',
  '/INTERNAL/v1/events/',
  '/internal%2fv1%2fevents%2f',
  '/internal;a=b/v1/events/',
  '/internal/v1/events/?/api/v1/products/',
  '/internal/v1/events/#/api/v1/products/',
  '/%252e%252e/internal/v1/events/',
  '/api/v1/products/%00/../../../../internal/v1/events/',
  '/metrics',
  '/api/v1/products/../../../metrics',
  '/readyz',
  '/livez',
  '/_/events',
]

export const doubtful: Record<string, string> = { ...lengths, ...codings, ...chunks, ...lines }
for (const it of internal) doubtful[`a path: ${it}`] = path(it)
