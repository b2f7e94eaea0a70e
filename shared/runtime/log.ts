import { resolve } from 'node:path'
import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger'
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types'
import { invocation } from './invocation.ts'
import { rotatingFile } from './log-file.ts'
import { redact } from './redact.ts'
import { logSettings } from './settings.ts'

export { invocation, withInvocation } from './invocation.ts'

/** Keys beside the message; an `Error` under any key, or alone, is written out with its causes. */
export type LogExtra = Record<string, unknown> | Error

const serviceKey = 'souk_service'

type Level = 'debug' | 'info' | 'warn' | 'error'

let current: SoukLogger | undefined
let file: ReturnType<typeof rotatingFile> | undefined
let serviceName: string | undefined

/** One JSON object a line on stdout, from the level `LOGGING_LVL` on. */
export const log = {
  debug: (message: string, extra?: LogExtra) => write('debug', message, extra),
  info: (message: string, extra?: LogExtra) => write('info', message, extra),
  warn: (message: string, extra?: LogExtra) => write('warn', message, extra),
  error: (message: string, extra?: LogExtra) => write('error', message, extra),
}

/** From now on lines also go to `logs/<service>.log` under the working directory (10 MB, 3 files). */
export function logToFile(service: string, folder = 'logs') {
  file?.close()
  serviceName = service
  file = rotatingFile(resolve(folder, `${service}.log`))
}

function write(level: Level, message: string, extra?: LogExtra) {
  current ??= open()
  const call = invocation()
  if (call) call.lastMessage = message
  if (extra === undefined) current[level](message)
  else if (extra instanceof Error) current[level](message, extra)
  else if ('service' in extra) {
    // Powertools drops the keys it writes itself; the formatter puts this one in its place.
    const { service, ...rest } = extra
    current[level](message, { ...rest, [serviceKey]: service })
  } else current[level](message, extra)
}

function open() {
  // Inherited from a parent process it makes Powertools ask for a store that no call has opened yet;
  // `withInvocation` sets it when it opens one.
  if (!globalThis.awslambda?.InvokeStore) delete process.env.AWS_LAMBDA_MAX_CONCURRENCY
  const { debug, logLevel } = logSettings(process.env)
  return new SoukLogger(logLevel, debug && process.stdout.isTTY === true)
}

function pretty(item: LogAttributes, json: string) {
  const { level, message, timestamp, service, error, ...rest } = JSON.parse(json)
  const colour = { DEBUG: 90, INFO: 36, WARN: 33, ERROR: 31 }[String(item.level)] ?? 0
  const extra = Object.keys(rest).length ? ` \x1b[90m${JSON.stringify(rest)}\x1b[0m` : ''
  const stack = error?.stack ? `\n${error.stack}` : ''
  const time = String(timestamp).slice(11, 23)
  return `${time} \x1b[${colour}m${level}\x1b[0m ${service} ${message}${extra}${stack}\n`
}

class SoukFormatter extends LogFormatter {
  override formatAttributes(base: UnformattedAttributes, additional: LogAttributes) {
    const { [serviceKey]: service, ...extra } = additional
    const call = invocation()
    const attributes: LogAttributes = {
      level: base.logLevel,
      message: base.message,
      timestamp: base.timestamp.toISOString(),
      service: service ?? call?.service ?? serviceName ?? base.serviceName,
      function_name: call?.functionName,
      function_request_id: call?.requestId,
      trace_id: call?.traceparent?.split('-')[1],
    }
    return new LogItem({ attributes: { ...attributes, ...extra } })
  }

  /** Only what can carry no user's data: a database error's `detail` quotes the row. */
  override formatError(error: Error): LogAttributes {
    const { name, message, stack, cause } = error
    const { code, constraint } = error as { code?: string; constraint?: string }
    return {
      name,
      message,
      code,
      constraint,
      stack,
      cause: cause instanceof Error ? this.formatError(cause) : undefined,
    }
  }
}

class SoukLogger extends Logger {
  readonly #pretty: boolean
  constructor(logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR', isPretty: boolean) {
    super({
      logLevel,
      serviceName: 'souk',
      logFormatter: new SoukFormatter(),
      jsonReplacerFn: redact,
    })
    this.#pretty = isPretty
  }

  protected override printLog(_level: number, item: LogItem) {
    item.prepareForPrint()
    const attributes = item.getAttributes()
    const json = JSON.stringify(attributes, this.getJsonReplacer())
    process.stdout.write(this.#pretty ? pretty(attributes, json) : `${json}\n`)
    file?.write(`${json}\n`)
  }
}
