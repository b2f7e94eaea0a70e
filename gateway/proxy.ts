import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Upstream } from './upstream.ts'

/** Says nothing beyond one hop (RFC 9110, 7.6.1), or is ours alone to say. */
const DROPPED = new Set([
  'connection',
  // Told anew from the body that we have.
  'content-length',
  'expect',
  'forwarded',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-deadline-ms',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-request-id',
  'x-real-ip',
])

export type Outcome =
  /** Answered, or the client has gone. */
  | 'done'
  /** Failed before a byte of the request was sent: another instance may be asked. */
  | 'unsent'
  /** Failed after that; nothing has been answered yet. */
  | 'broken'
  /** Failed in the middle of the answer; the connection was cut. */
  | 'cut'

/**
 * Passes a request on to an instance and streams its answer back. The body is whole, so that it can
 * be sent to another instance too. The caller's forwarding headers are replaced by our own. Never
 * rejects.
 */
export function passOn(
  request: IncomingMessage,
  body: Buffer | undefined,
  response: ServerResponse,
  to: Upstream,
  extra: readonly string[],
): Promise<Outcome> {
  return new Promise((resolve) => {
    const finish = (outcome: Outcome) => {
      response.off('close', gone)
      resolve(outcome)
    }
    const call = to.ask({
      head: requestHead(request, body, extra),
      body,
      isBodiless: request.method === 'HEAD',
      receiver: {
        head: (status, head) => {
          response.writeHead(status, linesOf(head))
        },
        data: (chunk) => {
          if (response.write(chunk)) return true
          response.once('drain', () => call.resume())
          return false
        },
        flush: () => {
          if (!response.writableLength) response.flushHeaders()
        },
        end: (chunk) => {
          response.end(chunk)
          finish('done')
        },
        failed: (sent) => {
          if (response.headersSent) {
            response.destroy()
            finish('cut')
          } else finish(sent ? 'broken' : 'unsent')
        },
        cut: () => void response.destroy(),
      },
    })
    const gone = () => {
      call.abort()
      finish('done')
    }
    response.once('close', gone)
    if (response.destroyed) gone()
  })
}

/** Whether a header is between the client and us only. `name` in lower case. */
export function isDropped(name: string): boolean {
  return DROPPED.has(name)
}

function requestHead(
  { method = 'GET', url = '/', rawHeaders: raw }: IncomingMessage,
  body: Buffer | undefined,
  extra: readonly string[],
): string {
  let text = `${method} ${url} HTTP/1.1\r\n`
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (!DROPPED.has(name.toLowerCase())) text += `${name}: ${raw[at + 1]}\r\n`
  }
  for (let at = 0; at < extra.length; at += 2) text += `${extra[at]}: ${extra[at + 1]}\r\n`
  if (body || !BODILESS.has(method)) text += `content-length: ${body?.length ?? 0}\r\n`
  return `${text}\r\n`
}

/** The lines of an answer's head, as names and values in turn. */
function linesOf(head: string): string[] {
  const lines: string[] = []
  for (let at = head.indexOf('\r\n'); at >= 0; ) {
    const next = head.indexOf('\r\n', at + 2)
    const line = next < 0 ? head.slice(at + 2) : head.slice(at + 2, next)
    const colon = line.indexOf(':')
    lines.push(line.slice(0, colon), line.slice(colon + 1).trim())
    at = next
  }
  return lines
}

const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])
