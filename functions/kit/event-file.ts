import { readFileSync } from 'node:fs'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { toEvent } from '../../shared/runtime/event.ts'
import { requestIdOf } from '../../shared/runtime/ids.ts'
import { standardInput } from './standard-input.ts'

type Loose = Record<string, unknown>

/**
 * Reads an event: API Gateway's payload 2.0 (what is missing is filled in, a body that is an object
 * is written as JSON), 1.0, or a load balancer's. `-` is the standard input.
 * @throws Error when it is not JSON, or none of the three
 */
export function readEventFile(path: string): APIGatewayProxyEventV2 {
  const text = path === '-' ? standardInput().toString() : readFileSync(path, 'utf8')
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch (error) {
    throw new Error(`${path} is not JSON: ${error instanceof Error ? error.message : error}`)
  }
  return eventOf(given)
}

export function eventOf(given: unknown): APIGatewayProxyEventV2 {
  if (!isObject(given)) throw new Error('An event is a JSON object')
  const context = objectOf(given.requestContext)
  if (typeof given.httpMethod === 'string') return fromVersion1(given, 'elb' in context)
  if (typeof given.rawPath === 'string' || isObject(context.http)) return complete(given, context)
  throw new Error(
    'This event is of no kind known here: 2.0 has rawPath and requestContext.http.method, 1.0 and a load balancer’s have httpMethod and path',
  )
}

/** Fills in what a hand-written event leaves out. */
function complete(given: Loose, context: Loose): APIGatewayProxyEventV2 {
  const http = objectOf(context.http)
  const method = textOf(http.method) ?? 'GET'
  const path = textOf(given.rawPath) ?? textOf(http.path) ?? '/'
  const query = textOf(given.rawQueryString) ?? queryOf(objectOf(given.queryStringParameters), true)
  const made = make(method, path, query, pairs(objectOf(given.headers)), undefined, path)
  return {
    ...made,
    ...given,
    headers: made.headers,
    rawPath: path,
    rawQueryString: query,
    ...bodyOf(given),
    requestContext: {
      ...made.requestContext,
      ...context,
      http: { ...made.requestContext.http, ...http, method, path },
    },
  }
}

/** REST APIs hand the query on decoded, load balancers as it was sent. */
function fromVersion1(given: Loose, fromBalancer: boolean): APIGatewayProxyEventV2 {
  const many = objectOf(given.multiValueQueryStringParameters)
  const single = objectOf(given.queryStringParameters)
  const query = queryOf(Object.keys(many).length > 0 ? many : single, !fromBalancer)
  const multi = objectOf(given.multiValueHeaders)
  const headers = pairs(Object.keys(multi).length > 0 ? multi : objectOf(given.headers))
  const { body, isBase64Encoded } = bodyOf(given)
  const bytes =
    body === undefined ? undefined : Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
  return make(textOf(given.httpMethod) ?? 'GET', textOf(given.path) ?? '/', query, headers, bytes)
}

function make(
  method: string,
  rawPath: string,
  query: string,
  rawHeaders: string[],
  body: Buffer | undefined,
  path?: string,
): APIGatewayProxyEventV2 {
  return toEvent({
    method: method.toUpperCase(),
    rawTarget: query === '' ? rawPath : `${rawPath}?${query}`,
    ...(path === undefined ? {} : { path }),
    rawHeaders,
    body,
    sourceIp: '127.0.0.1',
    routeKey: '$default',
    pathParameters: undefined,
    protocol: 'HTTP/1.1',
    requestId: requestIdOf(undefined),
    now: Date.now(),
  })
}

function bodyOf(given: Loose): { body?: string; isBase64Encoded: boolean } {
  const { body } = given
  if (body === undefined || body === null || body === '') return { isBase64Encoded: false }
  if (typeof body === 'string') return { body, isBase64Encoded: given.isBase64Encoded === true }
  return { body: JSON.stringify(body), isBase64Encoded: false }
}

function queryOf(parameters: Loose, encode: boolean): string {
  const write = (text: unknown) => (encode ? encodeURIComponent(String(text)) : String(text))
  return Object.entries(parameters)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((it) => `${write(name)}=${write(it)}`),
    )
    .join('&')
}

function pairs(headers: Loose): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((it) => [name, String(it)]),
  )
}

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function objectOf(value: unknown): Loose {
  return isObject(value) ? value : {}
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
