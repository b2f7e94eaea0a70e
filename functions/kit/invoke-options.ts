import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { formOf } from './form.ts'
import { standardInput } from './standard-input.ts'
import { firstLine, UsageError } from './usage.ts'

export type InvokeOptions = {
  /** What to call: by method and target, by name, by an event's file, or as it was once called. */
  what:
    | { by: 'route'; method: string; target: string }
    | { by: 'name'; name: string; params: Record<string, string> }
    | { by: 'event'; file: string; name: string | undefined }
    | { by: 'replay'; id: string }
  /** Names in lower case. */
  headers: Record<string, string>
  body: Buffer | undefined
  as: string | undefined
  envFile: string | undefined
  timeoutMs: number | undefined
  repeat: number
  concurrency: number
  print: 'body' | 'json' | 'event' | 'curl'
  inspect: 'no' | 'wait' | 'break'
}

/** @throws UsageError */
export async function readInvokeOptions(args: string[]): Promise<InvokeOptions> {
  const { values, positionals } = parse(args)
  const form = values.form.length > 0 ? await formOf(values.form) : undefined
  if (form && values.data !== undefined) throw new UsageError('Either -d or --form')
  const body = form?.body ?? (values.data === undefined ? undefined : bodyOf(values.data))
  const type = form?.type ?? 'application/json'
  const headers = {
    ...(body ? { 'content-type': type } : {}),
    ...pairsOf(values.header, ':', '-H'),
  }
  return {
    what: whatOf(values, positionals, body !== undefined),
    headers,
    body,
    as: values.as,
    envFile: values['env-file'],
    timeoutMs:
      values.timeout === undefined ? undefined : positive(values.timeout, '--timeout') * 1000,
    repeat: whole(values.repeat, '--repeat'),
    concurrency: whole(values.concurrency, '--concurrency'),
    print: values['print-event'] ? 'event' : values.curl ? 'curl' : values.json ? 'json' : 'body',
    inspect: values['inspect-brk'] ? 'break' : values.inspect ? 'wait' : 'no',
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        header: { type: 'string', short: 'H', multiple: true, default: [] },
        data: { type: 'string', short: 'd' },
        form: { type: 'string', multiple: true, default: [] },
        param: { type: 'string', multiple: true, default: [] },
        as: { type: 'string' },
        event: { type: 'string' },
        replay: { type: 'string' },
        'env-file': { type: 'string' },
        timeout: { type: 'string' },
        repeat: { type: 'string', default: '1' },
        concurrency: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
        'print-event': { type: 'boolean', default: false },
        curl: { type: 'boolean', default: false },
        inspect: { type: 'boolean', default: false },
        'inspect-brk': { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(firstLine(error))
  }
}

type Values = ReturnType<typeof parse>['values']

function whatOf(values: Values, positionals: string[], hasBody: boolean): InvokeOptions['what'] {
  const [first, second] = positionals
  if (positionals.length > 2) throw new UsageError(`What is '${positionals[2]}' for?`)
  if (values.event !== undefined) return { by: 'event', file: values.event, name: first }
  if (values.replay !== undefined) return { by: 'replay', id: values.replay }
  if (first === undefined) throw new UsageError('Which function?')
  if (first.startsWith('/') && second === undefined)
    return { by: 'route', method: hasBody ? 'POST' : 'GET', target: first }
  if (second !== undefined) {
    if (!/^[a-z]+$/i.test(first) || !second.startsWith('/'))
      throw new UsageError(`A route is a method and a path, not '${first} ${second}'`)
    return { by: 'route', method: first.toUpperCase(), target: second }
  }
  return { by: 'name', name: first, params: pairsOf(values.param, '=', '--param') }
}

function pairsOf(given: readonly string[], mark: string, option: string): Record<string, string> {
  const pairs: Record<string, string> = {}
  for (const text of given) {
    const at = text.indexOf(mark)
    if (at < 1) throw new UsageError(`${option} 'name${mark} value', not '${text}'`)
    const name = text.slice(0, at).trim()
    pairs[mark === ':' ? name.toLowerCase() : name] = text.slice(at + 1).trim()
  }
  return pairs
}

function bodyOf(data: string): Buffer {
  try {
    if (data === '-') return standardInput()
    return data.startsWith('@') ? readFileSync(data.slice(1)) : Buffer.from(data)
  } catch (error) {
    throw new UsageError(
      `The body cannot be read: ${error instanceof Error ? error.message : error}`,
    )
  }
}

function whole(text: string, option: string): number {
  const number = positive(text, option)
  if (!Number.isInteger(number)) throw new UsageError(`${option} takes a whole number`)
  return number
}

function positive(text: string, option: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new UsageError(`${option} takes a number above 0, not '${text}'`)
  return number
}
