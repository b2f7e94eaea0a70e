import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { remoteKeys } from '../discovery/keys.ts'
import type { Service } from '../shared/http/service.ts'
import { useKeys } from '../shared/http/tokens.ts'
import { type Invoked, invoke } from '../shared/runtime/invoke.ts'
import { services } from './catalog.ts'
import { inSystem } from './system.ts'

const usage = `Usage: npm run invoke -- METHOD 'PATH?QUERY' [-H 'Name: value']… [-d TEXT | @FILE | -]`

/**
 * Calls one function in this process with the event that API Gateway would send. Standard output is
 * the body alone; everything else goes to standard error. Exit code: 0 under 400, 1 from 400,
 * 2 usage, 3 the function failed (500), 4 out of time (504).
 */
export async function invokeCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      header: { type: 'string', short: 'H', multiple: true, default: [] },
      data: { type: 'string', short: 'd' },
    },
  })
  const [method, target] = positionals
  if (!method || !target?.startsWith('/') || positionals.length > 2) {
    console.error(usage)
    return 2
  }
  process.env.LOGGING_LVL ??= 'INFO'
  // What the function logs is for whoever watches; standard output is the answer's.
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write
  let code = 0
  await inSystem(
    services.map((it) => it.name),
    async () => {
      const owner = services.find((it) => it.roots.some((root) => target.startsWith(root)))
      useKeys((owner as Service | undefined)?.keys ?? remoteKeys('cli'))
      const body = values.data === undefined ? {} : { body: bodyOf(values.data) }
      const headers = headersOf(values.header, 'body' in body)
      const request = { method: method.toUpperCase(), target, headers, ...body }
      const answer = await invoke(services, request)
      print(answer)
      code = exitCode(answer.status)
    },
  )
  return code
}

function headersOf(lines: readonly string[], hasBody: boolean): Record<string, string> {
  const headers: Record<string, string> = { host: 'localhost' }
  if (hasBody) headers['content-type'] = 'application/json'
  for (const line of lines) {
    const at = line.indexOf(':')
    if (at < 1) throw new Error(`A header needs a colon: -H 'Accept: text/html', not '${line}'`)
    headers[line.slice(0, at).trim().toLowerCase()] = line.slice(at + 1).trim()
  }
  return headers
}

function bodyOf(data: string): Buffer {
  if (data === '-') return readFileSync(0)
  return data.startsWith('@') ? readFileSync(data.slice(1)) : Buffer.from(data)
}

function print(answer: Invoked): void {
  const { status, headers, body, ms } = answer
  console.error(`${status} ${answer.function ?? '(no function)'} in ${ms.toFixed(1)} ms`)
  for (const [name, value] of headers) console.error(`${name}: ${value}`)
  console.error('')
  const type = headers.find(([name]) => name === 'content-type')?.[1] ?? ''
  const bytes = type.includes('json')
    ? `${JSON.stringify(JSON.parse(body.toString()), null, 2)}\n`
    : body
  writeOut(bytes)
}

const writeOut = process.stdout.write.bind(process.stdout) as (bytes: Buffer | string) => boolean

function exitCode(status: number): number {
  if (status === 504) return 4
  if (status >= 500) return 3
  return status >= 400 ? 1 : 0
}
