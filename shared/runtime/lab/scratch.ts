import { connect } from 'node:net'
import { define, type Spec } from '../../http/contract.ts'
import { type Endpoint, type Handler, type Service, service } from '../../http/service.ts'

// The settings of every scratch host; no secret of any other place.
process.env.SECRET_KEY ??= 'Vb3-scratch-key-for-tests-of-the-host-9Zk'

/** An endpoint with a handler of its own, for tests. */
export function scratch(
  method: Spec['method'],
  path: string,
  handler: (...call: Parameters<Handler>) => unknown,
  more: Partial<Spec> & Pick<Partial<Endpoint>, 'served'> = {},
): Endpoint {
  const { served, ...spec } = more
  const contract = define({ access: 'anyone', summary: path, method, path, ...spec } as never)
  return {
    contract: contract as Endpoint['contract'],
    handler: handler as Handler,
    ...(served ? { served } : {}),
  }
}

export function scratchService(endpoints: Record<string, Endpoint>, name = 'lab'): Service {
  return service({ name, about: 'For tests.', roots: ['/'], port: 0, needs: [], endpoints })
}

/** One answer as it came over the wire. */
export type Raw = {
  status: number
  reason: string
  headers: [string, string][]
  body: Buffer
  header(name: string): string | undefined
}

/** Sends bytes as they are and gives every answer that came until the server closed, or `ms` passed. */
export function sendRaw(port: number, bytes: string | Buffer, ms = 5000): Promise<Raw[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    const timer = setTimeout(() => socket.destroy(), ms)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(parseAll(Buffer.concat(chunks)))
    })
  })
}

/** A request as text; `Connection: close` unless told otherwise. */
export function wire(
  method: string,
  target: string,
  headers: readonly [string, string][] = [],
  body: string | Buffer = '',
  close = true,
): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`]
  if (!headers.some(([name]) => name.toLowerCase() === 'host')) lines.push('Host: shop.example')
  for (const [name, value] of headers) lines.push(`${name}: ${value}`)
  const length = Buffer.byteLength(body)
  if (length > 0) lines.push(`Content-Length: ${length}`)
  if (close) lines.push('Connection: close')
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.from(body)])
}

/** Answers that came one behind the other, each with the length of its body. */
export function parseAll(bytes: Buffer): Raw[] {
  const answers: Raw[] = []
  let rest = bytes
  for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
    const [first = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n')
    const headers = lines.map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    })
    const header = (name: string) => headers.find(([key]) => key === name)?.[1]
    const size = Number(header('content-length') ?? 0)
    const start = end + 4
    answers.push({
      status: Number(first.split(' ')[1]),
      reason: first.split(' ').slice(2).join(' '),
      headers,
      body: rest.subarray(start, start + size),
      header,
    })
    rest = rest.subarray(start + size)
  }
  return answers
}

/** Asks again every few milliseconds until it holds; fails after `ms`. */
export async function until(what: string, holds: () => unknown, ms = 10_000): Promise<void> {
  const end = performance.now() + ms
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
