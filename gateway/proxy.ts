import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'

/** Says nothing beyond one hop (RFC 9110, 7.6.1), or is ours alone to say. */
const DROPPED = new Set([
  'connection',
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
  to: Dispatcher,
  extra: readonly string[],
): Promise<Outcome> {
  return new Promise((resolve) => {
    let sent = false
    let abort: (() => void) | undefined
    const gone = () => abort?.()
    response.once('close', gone)
    const finish = (outcome: Outcome) => {
      response.off('close', gone)
      resolve(outcome)
    }
    to.dispatch(
      {
        path: request.url ?? '/',
        method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
        headers: forwarded(request, extra),
        body: body ?? null,
        // The services keep their own deadline of 30 s; this one is for a service that hangs.
        headersTimeout: 35_000,
        bodyTimeout: 35_000,
      },
      {
        onRequestStart(controller) {
          sent = true
          abort = () => {
            if (!response.writableFinished) controller.abort(new Error('the client has gone'))
          }
          if (response.destroyed) abort()
        },
        onResponseStart(controller, status) {
          if (status < 200) return
          response.writeHead(status, answered(controller.rawHeaders as Buffer[]))
        },
        onResponseData(controller, chunk) {
          if (!response.write(chunk)) {
            controller.pause()
            response.once('drain', () => controller.resume())
          }
        },
        onResponseEnd() {
          response.end()
          finish('done')
        },
        onResponseError() {
          if (response.destroyed) finish('done')
          else if (response.headersSent) {
            response.destroy()
            finish('cut')
          } else finish(sent ? 'broken' : 'unsent')
        },
      },
    )
  })
}

function forwarded(request: IncomingMessage, extra: readonly string[]): string[] {
  const raw = request.rawHeaders
  const lines: string[] = []
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (!DROPPED.has(name.toLowerCase())) lines.push(name, raw[at + 1] ?? '')
  }
  lines.push(...extra)
  return lines
}

function answered(raw: readonly Buffer[]): string[] {
  const lines: string[] = []
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]?.toString('latin1') ?? ''
    const lower = name.toLowerCase()
    if (lower !== 'connection' && lower !== 'keep-alive' && lower !== 'transfer-encoding')
      lines.push(name, raw[at + 1]?.toString('latin1') ?? '')
  }
  return lines
}
