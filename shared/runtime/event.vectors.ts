import type { Parts } from './event.ts'

/**
 * What AWS does, row by row: from live captures published by aws-lambda-dotnet (test snapshots) and
 * hotsock/voker (test data), from AWS's own documentation, and from measurements told in ministack's
 * and floci's issues. `rule` numbers a property, so that a red row says which one broke.
 */
export type RequestVector = {
  rule: string
  name: string
  method?: string
  target: string
  headers?: [string, string][]
  body?: string | Buffer
  /** What only the pure function can be asked: the host refuses or routes it away. */
  pure?: true
  /** For facts that a socket cannot give. */
  parts?: Partial<Parts>
  event?: Record<string, unknown>
  headersAre?: Record<string, string>
  contextIs?: Record<string, unknown>
  httpIs?: Record<string, unknown>
  absent?: string[]
}

export type ResultVector = {
  rule: string
  name: string
  result: unknown
  status: number
  headersAre?: Record<string, string>
  cookies?: string[]
  dropped?: string[]
  body?: string | Buffer
}

const json: [string, string] = ['Content-Type', 'application/json']
const bytes = Buffer.from([0, 255, 254, 128, 10])
const base64 = (text: string) => Buffer.from(text).toString('base64')

export const requests: RequestVector[] = [
  {
    rule: '1',
    name: 'version and route key, repeated in the context',
    target: '/capture/x',
    event: { version: '2.0', routeKey: 'GET /capture/{value}/' },
    contextIs: { routeKey: 'GET /capture/{value}/', stage: '$default' },
  },
  {
    rule: '1',
    name: 'no route of its own',
    target: '/capture/x',
    pure: true,
    parts: { routeKey: '$default' },
    event: { routeKey: '$default' },
    contextIs: { routeKey: '$default' },
  },
  {
    rule: '2',
    name: 'space in the path is decoded',
    target: '/capture/space%20value',
    event: { rawPath: '/capture/space value' },
    httpIs: { path: '/capture/space value' },
  },
  {
    rule: '2',
    name: 'unicode in the path is decoded',
    target: '/capture/%E2%82%AC%C3%BC',
    event: { rawPath: '/capture/€ü' },
    httpIs: { path: '/capture/€ü' },
  },
  {
    rule: '2',
    name: 'a plus in the path is a plus',
    target: '/capture/a+b',
    event: { rawPath: '/capture/a+b' },
  },
  {
    rule: '2',
    name: 'an encoded plus in the path',
    target: '/capture/a%2Bb',
    event: { rawPath: '/capture/a+b' },
  },
  {
    rule: '2',
    name: 'an encoded question mark cuts the path',
    target: '/capture/a%3Fb?c=1',
    event: { rawPath: '/capture/a', rawQueryString: 'c=1' },
  },
  {
    rule: '2',
    name: 'an encoded hash survives',
    target: '/capture/a%23b',
    event: { rawPath: '/capture/a#b' },
  },
  {
    rule: '2',
    name: 'percent is decoded once',
    target: '/capture/a%2525',
    event: { rawPath: '/capture/a%25' },
  },
  {
    rule: '2',
    name: 'an encoded slash becomes one: no parameter can carry it',
    target: '/two/a%2Fb',
    pure: true,
    event: { rawPath: '/two/a/b' },
  },
  {
    rule: '2',
    name: 'characters reserved in URLs stay',
    target: "/capture/a:b@c!$&'()*,;=",
    event: { rawPath: "/capture/a:b@c!$&'()*,;=" },
  },
  {
    rule: '3',
    name: 'the trailing slash is kept',
    target: '/capture/x/',
    event: { rawPath: '/capture/x/' },
  },
  {
    rule: '3',
    name: 'no trailing slash is added',
    target: '/capture/x',
    event: { rawPath: '/capture/x' },
  },
  {
    rule: '3',
    name: 'double slashes are kept',
    target: '/a//b',
    pure: true,
    event: { rawPath: '/a//b' },
  },
  {
    rule: '3',
    name: 'dot segments are not folded',
    target: '/a/../b',
    pure: true,
    event: { rawPath: '/a/../b' },
  },
  {
    rule: '4',
    name: 'the default stage is not in the path',
    target: '/capture/x',
    event: { rawPath: '/capture/x' },
    contextIs: { stage: '$default' },
  },
  {
    rule: '5',
    name: 'the query is verbatim, still encoded',
    target:
      '/capture/x?repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com&literalPlus=a+b&encodedPlus=a%2Bb&empty=',
    event: {
      rawQueryString:
        'repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com&literalPlus=a+b&encodedPlus=a%2Bb&empty=',
    },
  },
  {
    rule: '5',
    name: 'no query is an empty string',
    target: '/capture/x',
    event: { rawQueryString: '' },
    absent: ['queryStringParameters'],
  },
  {
    rule: '5',
    name: 'a bare question mark is no query',
    target: '/capture/x?',
    event: { rawQueryString: '' },
    absent: ['queryStringParameters'],
  },
  {
    rule: '5',
    name: 'a second question mark belongs to the query',
    target: '/capture/x?a=b?c',
    event: { rawQueryString: 'a=b?c', queryStringParameters: { a: 'b?c' } },
  },
  {
    rule: '6',
    name: 'the live capture, decoded and joined',
    target:
      '/capture/x?repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com&literalPlus=a+b&encodedPlus=a%2Bb&empty=',
    event: {
      queryStringParameters: {
        repeat: 'one,two',
        redirect: 'https://example.com',
        literalPlus: 'a b',
        encodedPlus: 'a+b',
        empty: '',
      },
    },
  },
  {
    rule: '6',
    name: 'an empty first value survives',
    target: '/capture/x?a=&a=1',
    event: { queryStringParameters: { a: ',1' } },
  },
  {
    rule: '6',
    name: 'a key without a value',
    target: '/capture/x?flag',
    event: { queryStringParameters: { flag: '' } },
  },
  {
    rule: '6',
    name: 'an encoded key',
    target: '/capture/x?a%5B%5D=1',
    event: { queryStringParameters: { 'a[]': '1' } },
  },
  {
    rule: '6',
    name: 'the value keeps its equals signs',
    target: '/capture/x?a=b=c',
    event: { queryStringParameters: { a: 'b=c' } },
  },
  {
    rule: '6',
    name: 'a literal comma is not told from a joined one',
    target: '/capture/x?a=1,2&a=3',
    event: { queryStringParameters: { a: '1,2,3' } },
  },
  {
    rule: '6',
    name: 'a key called __proto__ is a key',
    target: '/capture/x?__proto__=1',
    event: { queryStringParameters: JSON.parse('{"__proto__":"1"}') },
  },
  {
    rule: '6',
    name: 'unicode values',
    target: '/capture/x?q=%E2%9C%93',
    event: { queryStringParameters: { q: '✓' } },
  },
  {
    rule: '7',
    name: 'names in lower case',
    target: '/capture/x',
    headers: [['X-Thing', 'A']],
    headersAre: { 'x-thing': 'A' },
  },
  {
    rule: '7',
    name: 'repeated ones joined with a comma and no space',
    target: '/capture/x',
    headers: [
      ['X-Probe', 'first'],
      ['x-probe', 'second'],
    ],
    headersAre: { 'x-probe': 'first,second' },
  },
  {
    rule: '7',
    name: 'a second Authorization is not lost',
    target: '/capture/x',
    headers: [
      ['Authorization', 'Bearer a'],
      ['Authorization', 'Bearer b'],
    ],
    headersAre: { authorization: 'Bearer a,Bearer b' },
  },
  {
    rule: '7',
    name: 'a value keeps its own commas and case',
    target: '/capture/x',
    headers: [['Accept', 'Text/HTML, */*;q=0.8']],
    headersAre: { accept: 'Text/HTML, */*;q=0.8' },
  },
  {
    rule: '7',
    name: 'an empty value',
    target: '/capture/x',
    headers: [['X-Empty', '']],
    headersAre: { 'x-empty': '' },
  },
  {
    rule: '7',
    name: 'host is there, multiValueHeaders never',
    target: '/capture/x',
    headersAre: { host: 'shop.example' },
    absent: ['multiValueHeaders', 'multiValueQueryStringParameters', 'httpMethod', 'path'],
  },
  {
    rule: '7',
    name: 'a header called __proto__ is a header',
    target: '/capture/x',
    headers: [['__proto__', 'x']],
    headersAre: JSON.parse('{"__proto__":"x"}'),
  },
  {
    rule: '8',
    name: 'cookies in a list, out of the headers',
    target: '/capture/x',
    headers: [['Cookie', 'a=1; b=2']],
    event: { cookies: ['a=1', 'b=2'] },
    absent: ['headers.cookie'],
  },
  {
    rule: '8',
    name: 'several Cookie headers',
    target: '/capture/x',
    headers: [
      ['Cookie', 'a=1'],
      ['cookie', 'b=2;c=3'],
    ],
    event: { cookies: ['a=1', 'b=2', 'c=3'] },
  },
  {
    rule: '8',
    name: 'cookie values are raw',
    target: '/capture/x',
    headers: [['Cookie', 'a=%20"q"; b=x=y']],
    event: { cookies: ['a=%20"q"', 'b=x=y'] },
  },
  { rule: '8', name: 'no cookies, no list', target: '/capture/x', absent: ['cookies'] },
  {
    rule: '9',
    name: 'path parameters are decoded',
    target: '/capture/a%20b',
    parts: { pathParameters: { value: 'a b' } },
    event: { pathParameters: { value: 'a b' } },
  },
  {
    rule: '9',
    name: 'no parameters, no object; no stage variables',
    target: '/plain/',
    absent: ['pathParameters', 'stageVariables'],
  },
  {
    rule: '9',
    name: 'an empty object of parameters is none',
    target: '/plain',
    parts: { pathParameters: {} },
    absent: ['pathParameters'],
  },
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
  {
    rule: '12',
    name: 'method, protocol, user agent',
    method: 'PUT',
    target: '/capture/x',
    headers: [['User-Agent', 'Agent/1.0 (x)']],
    httpIs: { method: 'PUT', protocol: 'HTTP/1.1', userAgent: 'Agent/1.0 (x)' },
  },
  {
    rule: '12',
    name: 'no user agent is an empty string',
    target: '/capture/x',
    httpIs: { userAgent: '' },
  },
  {
    rule: '12',
    name: 'domain name and prefix',
    target: '/capture/x',
    contextIs: { domainName: 'shop.example', domainPrefix: 'shop' },
  },
  {
    rule: '12',
    name: 'time to the second in UTC, timeEpoch in milliseconds',
    target: '/capture/x',
    pure: true,
    parts: { now: Date.UTC(2025, 3, 14, 22, 14, 16, 789) },
    contextIs: { time: '14/Apr/2025:22:14:16 +0000', timeEpoch: 1744668856789 },
  },
  {
    rule: '12',
    name: 'time pads its numbers',
    target: '/capture/x',
    pure: true,
    parts: { now: Date.UTC(2026, 0, 2, 3, 4, 5) },
    contextIs: { time: '02/Jan/2026:03:04:05 +0000' },
  },
  {
    rule: '12',
    name: 'no authorizer, no key',
    target: '/capture/x',
    absent: ['requestContext.authorizer', 'requestContext.authentication'],
  },
  {
    rule: '13',
    name: 'claims are strings; lists in brackets, nulls left out, objects as JSON',
    target: '/capture/x',
    pure: true,
    parts: {
      authorizer: {
        jwt: {
          claims: {
            sub: 'u',
            n: 5,
            ok: true,
            roles: ['admin', 'poweruser'],
            no: null,
            o: { a: 1 },
          },
          scopes: null,
        },
      },
    },
    contextIs: {
      authorizer: {
        jwt: {
          claims: { sub: 'u', n: '5', ok: 'true', roles: '[admin poweruser]', o: '{"a":1}' },
          scopes: null,
        },
      },
    },
  },
  {
    rule: '13',
    name: "a function's own authorizer as it is",
    target: '/capture/x',
    pure: true,
    parts: { authorizer: { lambda: { tenant: 7 } } },
    contextIs: { authorizer: { lambda: { tenant: 7 } } },
  },
]

export const results: ResultVector[] = [
  {
    rule: '14',
    name: 'an object without statusCode is the body',
    result: { message: 'hi' },
    status: 200,
    headersAre: { 'content-type': 'application/json' },
    body: '{"message":"hi"}',
  },
  { rule: '14', name: 'a list', result: [1, 'a'], status: 200, body: '[1,"a"]' },
  { rule: '14', name: 'a number', result: 0, status: 200, body: '0' },
  { rule: '14', name: 'false', result: false, status: 200, body: 'false' },
  {
    rule: '14',
    name: 'a string goes out without quotes',
    result: 'hello',
    status: 200,
    headersAre: { 'content-type': 'application/json' },
    body: 'hello',
  },
  { rule: '14', name: 'an empty string', result: '', status: 200, body: '' },
  { rule: '14', name: 'a string that is no JSON', result: '{"a":', status: 200, body: '{"a":' },
  { rule: '14', name: 'nothing', result: undefined, status: 200, body: 'null' },
  { rule: '14', name: 'null', result: null, status: 200, body: 'null' },
  {
    rule: '14',
    name: 'headers mean nothing without statusCode',
    result: { headers: { a: 'b' } },
    status: 200,
    body: '{"headers":{"a":"b"}}',
    dropped: ['a'],
  },
  {
    rule: '15',
    name: 'with statusCode the type defaults to text',
    result: { statusCode: 200, body: '{"a":1}' },
    status: 200,
    headersAre: { 'content-type': 'text/plain; charset=utf-8' },
    body: '{"a":1}',
  },
  { rule: '15', name: 'no body is empty', result: { statusCode: 201 }, status: 201, body: '' },
  {
    rule: '15',
    name: 'an own type in any case replaces the default',
    result: { statusCode: 200, headers: { 'Content-Type': 'text/html' }, body: '<p>' },
    status: 200,
    headersAre: { 'content-type': 'text/html' },
    body: '<p>',
  },
  ...(
    [
      ['zero', 0],
      ['a fraction', 200.5],
      ['a string', '200'],
      ['null', null],
      ['too small', 99],
      ['interim', 101],
      ['too large', 600],
      ['not a number', Number.NaN],
    ] as const
  ).map(
    ([name, statusCode]): ResultVector => ({
      rule: '16',
      name: `statusCode ${name}`,
      result: { statusCode, body: 'x' },
      status: 500,
    }),
  ),
  ...(
    [
      ['an object', { a: 1 }],
      ['bytes', Buffer.from('x')],
      ['a number', 5],
    ] as const
  ).map(
    ([name, body]): ResultVector => ({
      rule: '16',
      name: `body ${name}`,
      result: { statusCode: 200, body },
      status: 500,
    }),
  ),
  {
    rule: '16',
    name: 'a header that is an object',
    result: { statusCode: 200, headers: { a: { b: 1 } } },
    status: 500,
  },
  {
    rule: '16',
    name: 'a header that would split the answer',
    result: { statusCode: 200, headers: { a: 'b\r\nset-cookie: x=1' } },
    status: 500,
  },
  {
    rule: '16',
    name: 'a header name that is none',
    result: { statusCode: 200, headers: { 'a b': 'c' } },
    status: 500,
  },
  {
    rule: '16',
    name: 'cookies that are no list',
    result: { statusCode: 200, cookies: 'a=1' },
    status: 500,
  },
  {
    rule: '16',
    name: 'headers that are a list',
    result: { statusCode: 200, headers: ['a'] },
    status: 500,
  },
  { rule: '16', name: 'what JSON cannot hold', result: { big: 1n }, status: 500 },
  {
    rule: '16',
    name: 'numbers and booleans in headers are written out',
    result: { statusCode: 200, headers: { 'x-n': 5, 'x-b': true } },
    status: 200,
    headersAre: { 'x-n': '5', 'x-b': 'true' },
  },
  {
    rule: '17',
    name: 'base64 is decoded, whatever the type',
    result: { statusCode: 200, isBase64Encoded: true, body: bytes.toString('base64') },
    status: 200,
    body: bytes,
  },
  {
    rule: '17',
    name: 'base64Encoded means nothing',
    result: { statusCode: 200, base64Encoded: true, body: 'aGk=' },
    status: 200,
    body: 'aGk=',
  },
  {
    rule: '17',
    name: 'text is UTF-8',
    result: { statusCode: 200, body: '€' },
    status: 200,
    body: '€',
  },
  {
    rule: '18',
    name: 'one line a cookie, in order, before a header of that name',
    result: { statusCode: 200, headers: { 'Set-Cookie': 'c=3' }, cookies: ['a=1', 'b=2'] },
    status: 200,
    cookies: ['a=1', 'b=2', 'c=3'],
  },
  {
    rule: '18',
    name: 'names differing in case are one header, the last wins',
    result: { statusCode: 200, headers: { 'X-A': '1', 'x-a': '2' } },
    status: 200,
    headersAre: { 'x-a': '2' },
  },
  {
    rule: '18',
    name: 'multiValueHeaders mean nothing',
    result: { statusCode: 200, multiValueHeaders: { 'x-m': ['1'] } },
    status: 200,
    dropped: ['x-m'],
  },
  {
    rule: '19',
    name: "the gateway's own headers are dropped",
    result: {
      statusCode: 200,
      headers: {
        'Transfer-Encoding': 'chunked',
        Upgrade: 'h2c',
        'Content-Length': '99',
        'x-a': '1',
      },
      body: 'four',
    },
    status: 200,
    dropped: ['transfer-encoding', 'upgrade'],
    headersAre: { 'x-a': '1' },
    body: 'four',
  },
  {
    rule: '19',
    name: '204 has no body',
    result: { statusCode: 204, body: 'x' },
    status: 204,
    body: '',
  },
  {
    rule: '19',
    name: '304 has no body and keeps its tag',
    result: { statusCode: 304, headers: { ETag: '"a"' }, body: 'x' },
    status: 304,
    headersAre: { etag: '"a"' },
    body: '',
  },
]
