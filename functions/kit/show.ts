import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { Invoked } from '../../shared/runtime/invoke.ts'
import { byLine, prettyLine } from './log-lines.ts'
import type { Times } from './measure.ts'

const out = process.stdout.write.bind(process.stdout)

/**
 * Keeps standard output for the answer: what the function logs, and what else is printed from now on,
 * goes to standard error, readable.
 */
export function keepOutputClean(): void {
  const colours = process.stderr.isTTY === true
  const take = byLine((line) => process.stderr.write(`${prettyLine(line, colours)}\n`))
  process.stdout.write = ((chunk: string | Uint8Array) => {
    take(chunk)
    return true
  }) as typeof process.stdout.write
}

/** Resolves when it has been taken: a pipe takes large answers piece by piece. */
export function print(bytes: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    out(bytes, (error?: Error | null) => (error ? reject(error) : resolve()))
  })
}

/** Status and headers for who watches; the body alone to standard output. */
export async function showAnswer(answer: Invoked, times: Times): Promise<void> {
  const { status, headers, body } = answer
  const took = `${answer.ms.toFixed(1)} ms, init ${times.init.toFixed(0)} ms`
  console.error(`${status} ${answer.function ?? '(no function)'} in ${took}`)
  for (const [name, value] of headers) console.error(`${name}: ${value}`)
  console.error('')
  await print(isJson(answer) && body.length > 0 ? pretty(body) : body)
}

export async function showJson(answer: Invoked, times: Times): Promise<void> {
  const { status, headers, body } = answer
  const whole = {
    status,
    function: answer.function ?? null,
    ms: round(answer.ms),
    ...times,
    headers: Object.fromEntries(headers),
    cookies: headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value),
    ...bodyOf(answer, body),
  }
  await print(`${JSON.stringify(whole, null, 2)}\n`)
}

export function showTimes(times: Times): void {
  console.error(
    `${times.calls} calls, ${times.concurrency} at once: ${times.perSecond} a second; ` +
      `p50 ${times.p50} ms, p95 ${times.p95} ms, p99 ${times.p99} ms; ` +
      `init ${times.init.toFixed(0)} ms, RSS ${times.rssMb} MB`,
  )
  const statuses = Object.entries(times.statuses).map(([status, count]) => `${count} × ${status}`)
  console.error(`${statuses.join(', ')}\n`)
}

/** The same call for the system that runs at `base`. */
export function curlOf(event: APIGatewayProxyEventV2, base: string): string {
  const { method } = event.requestContext.http
  const query = event.rawQueryString === '' ? '' : `?${event.rawQueryString}`
  const path = event.rawPath.split('/').map(encodeURIComponent).join('/')
  const parts = [`curl -i -X ${method} ${quote(`${base}${path}${query}`)}`]
  for (const [name, value] of Object.entries(event.headers))
    if (!MADE.test(name)) parts.push(`-H ${quote(`${name}: ${value}`)}`)
  if (event.cookies) parts.push(`-H ${quote(`cookie: ${event.cookies.join('; ')}`)}`)
  if (event.body === undefined) return parts.join(' ')
  if (!event.isBase64Encoded) return [...parts, `--data-binary ${quote(event.body)}`].join(' ')
  return `printf %s ${quote(event.body)} | base64 -d | ${[...parts, '--data-binary @-'].join(' ')}`
}

/** What curl, or who stands before the function, adds by itself. */
const MADE = /^(host|content-length|traceparent|x-forwarded-.*|x-amzn-.*|x-request-id)$/

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function pretty(body: Buffer): string {
  return `${JSON.stringify(JSON.parse(body.toString()), null, 2)}\n`
}

function isJson({ headers }: Invoked): boolean {
  return /json/.test(headers.find(([name]) => name === 'content-type')?.[1] ?? '')
}

function bodyOf(answer: Invoked, body: Buffer): Record<string, unknown> {
  if (body.length === 0) return { body: null }
  if (isJson(answer)) return { body: JSON.parse(body.toString()) }
  const text = body.toString()
  if (Buffer.from(text).equals(body)) return { body: text }
  return { body: body.toString('base64'), isBase64Encoded: true }
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
