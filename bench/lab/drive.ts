import { connect, type Socket } from 'node:net'

/** What a load found out. Times in milliseconds. */
export type Driven = { total: number; perSecond: number; p50: number; p99: number }

/** Bytes of the n-th request, whole: line, headers, body. */
export type Requests = (n: number) => Buffer

const END = Buffer.from('\r\n\r\n')

/**
 * Peak load: kept connections, each asking again as soon as it was answered. Reads just enough of
 * an answer to know where it ends: a full client would need more of the machine than the servers.
 * Rejects at the first answer that is not 2xx.
 */
export async function drive(
  port: number,
  requests: Requests,
  seconds: number,
  connections: number,
): Promise<Driven> {
  const times: number[] = []
  let sent = 0
  const next = () => requests(sent++)
  const started = performance.now()
  const until = started + seconds * 1000
  await Promise.all(Array.from({ length: connections }, () => converse(port, next, until, times)))
  const elapsed = (performance.now() - started) / 1000
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0
  return { total: times.length, perSecond: times.length / elapsed, p50: at(0.5), p99: at(0.99) }
}

/** One connection's questions, until the time has come. */
function converse(port: number, next: () => Buffer, until: number, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let asked = 0
    let head: Buffer | undefined
    let missing = 0
    const ask = () => {
      asked = performance.now()
      socket.write(next())
    }
    const answered = () => {
      const now = performance.now()
      times.push(now - asked)
      if (now < until) ask()
      else socket.end(resolve)
    }
    socket.once('connect', ask)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the server closed a connection')))
    socket.on('data', (chunk: Buffer) => {
      if (missing > 0) {
        missing -= chunk.length
        if (missing <= 0) answered()
        return
      }
      const bytes: Buffer = head ? Buffer.concat([head, chunk]) : chunk
      const end = bytes.indexOf(END)
      if (end < 0) {
        head = bytes
        return
      }
      head = undefined
      const text = bytes.toString('latin1', 0, end)
      if (text[9] !== '2') {
        socket.destroy()
        reject(new Error(`answered ${bytes.toString().slice(0, 1500)}`))
        return
      }
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0)
      missing = length - (bytes.length - end - END.length)
      if (missing <= 0) answered()
    })
  })
}

/** A GET as a client of ours would send it. */
export function get(path: string, host = 'localhost'): Buffer {
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nhost: ${host}\r\naccept: application/json\r\nuser-agent: bench\r\n\r\n`,
  )
}

/** A POST of JSON, signed in by `token` if there is one. */
export function post(path: string, body: unknown, headers: Record<string, string> = {}): Buffer {
  const text = JSON.stringify(body)
  const lines = Object.entries({
    host: 'localhost',
    accept: 'application/json',
    'user-agent': 'bench',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`)
}
