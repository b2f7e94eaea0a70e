import type { RequestVector } from '../event.vectors.ts'

const json: [string, string] = ['Content-Type', 'application/json']
const bytes = Buffer.from([0, 255, 254, 128, 10])
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Bodies, as text and as base64. */
export const bodies: RequestVector[] = [
  {
    rule: '10',
    name: 'no body, no key',
    target: '/capture/x',
    event: { isBase64Encoded: false },
    absent: ['body'],
  },
  {
    rule: '10',
    name: 'an empty body is none',
    method: 'POST',
    target: '/capture/x',
    headers: [json],
    body: '',
    event: { isBase64Encoded: false },
    absent: ['body'],
  },
  {
    rule: '10',
    name: 'JSON is passed on as it is, never parsed',
    method: 'POST',
    target: '/capture/x',
    headers: [json],
    body: '{ "a" : 1 }\n',
    event: { body: '{ "a" : 1 }\n', isBase64Encoded: false },
  },
  {
    rule: '10',
    name: 'a GET may carry a body',
    target: '/capture/x',
    headers: [json],
    body: '{}',
    event: { body: '{}' },
  },
  ...[
    'text/plain',
    'text/csv',
    'application/xml',
    'application/javascript',
    'APPLICATION/JSON',
  ].map(
    (type): RequestVector => ({
      rule: '11',
      name: `${type} is text`,
      method: 'POST',
      target: '/capture/x',
      headers: [['Content-Type', type]],
      body: 'é',
      event: { body: 'é', isBase64Encoded: false },
    }),
  ),
  {
    rule: '11',
    name: 'a charset does not make it binary',
    method: 'POST',
    target: '/capture/x',
    headers: [['Content-Type', 'application/json; charset=utf-8']],
    body: '"é"',
    event: { body: '"é"', isBase64Encoded: false },
  },
  ...[
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/problem+json',
    'image/png',
    'application/jsonlines',
  ].map(
    (type): RequestVector => ({
      rule: '11',
      name: `${type} is base64`,
      method: 'POST',
      target: '/capture/x',
      headers: [['Content-Type', type]],
      body: 'a=1',
      event: { body: base64('a=1'), isBase64Encoded: true },
    }),
  ),
  {
    rule: '11',
    name: 'no type is base64',
    method: 'POST',
    target: '/capture/x',
    body: 'hello',
    event: { body: base64('hello'), isBase64Encoded: true },
  },
  {
    rule: '11',
    name: 'bytes survive',
    method: 'POST',
    target: '/capture/x',
    headers: [['Content-Type', 'application/octet-stream']],
    body: bytes,
    event: { body: bytes.toString('base64'), isBase64Encoded: true },
  },
  {
    rule: '11',
    name: 'bytes that are no UTF-8 survive under a type for text too',
    method: 'POST',
    target: '/capture/x',
    headers: [json],
    body: bytes,
    event: { body: bytes.toString('base64'), isBase64Encoded: true },
  },
]
