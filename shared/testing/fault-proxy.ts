import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

/**
 * What goes wrong between a caller and a service. Applies to connections that are open as well as to
 * new ones, from the moment it is set.
 */
export type Fault =
  | { kind: 'none' }
  /** Every piece of the answer comes this much later. */
  | { kind: 'latency'; ms: number }
  /** Connections are taken, requests swallowed, nothing is ever answered. */
  | { kind: 'freeze' }
  /** Connections are reset as soon as a request comes. */
  | { kind: 'reset' }
  /** Nobody listens. */
  | { kind: 'refuse' }
  /** The answer is these bytes, whatever was asked; by default no HTTP at all. */
  | { kind: 'junk'; bytes?: string }
  /** The answer is reset after so many bytes. */
  | { kind: 'cut'; afterBytes: number }
  /** The answer comes in pieces of so many bytes, one every so many milliseconds. */
  | { kind: 'drip'; bytes: number; everyMs: number }

export type FaultProxy = {
  /** `http://127.0.0.1:<port>`, the same whatever the fault. */
  url: string
  set(fault: Fault): Promise<void>
  /** Requests that reached the proxy, on new and kept connections. */
  requests(): number
  close(): Promise<void>
}

/** A TCP proxy in front of a service at `target` (a base URL), which can be told to do harm. */
export async function faultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let fault: Fault = { kind: 'none' }
  let requests = 0

  const server = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port) })
    const answer = slowly(client, () => fault)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('data', (bytes) => {
      // One request is one piece here: callers send small ones, and no second before the answer.
      requests++
      if (fault.kind === 'reset') client.resetAndDestroy()
      else if (fault.kind === 'junk') client.write(fault.bytes ?? 'what? \r\n\r\n\0\xff')
      else if (fault.kind !== 'freeze') upstream.write(bytes)
    })
    upstream.on('data', answer)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => {
      if (fault.kind !== 'freeze') client.end()
    })
  })
  await listen(server, 0)
  const own = (server.address() as AddressInfo).port

  return {
    url: `http://127.0.0.1:${own}`,
    async set(next) {
      const wasRefusing = fault.kind === 'refuse'
      fault = next
      if (next.kind === 'refuse' && !wasRefusing) {
        for (const socket of sockets) socket.resetAndDestroy()
        await new Promise((resolve) => server.close(resolve))
      } else if (next.kind !== 'refuse' && wasRefusing) await listen(server, own)
    },
    requests: () => requests,
    async close() {
      for (const socket of sockets) socket.destroy()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Passes the answer on to the client as the fault of the moment has it. */
function slowly(client: Socket, fault: () => Fault): (bytes: Buffer) => void {
  let passed = 0
  return (bytes) => {
    const now = fault()
    if (now.kind === 'latency') setTimeout(() => client.write(bytes), now.ms)
    else if (now.kind === 'drip') drip(client, bytes, now)
    else if (now.kind === 'cut') {
      client.write(bytes.subarray(0, Math.max(0, now.afterBytes - passed)))
      passed += bytes.length
      if (passed >= now.afterBytes) setImmediate(() => client.resetAndDestroy())
    } else if (now.kind !== 'freeze') client.write(bytes)
  }
}

function drip(client: Socket, bytes: Buffer, { bytes: size, everyMs }: Fault & { kind: 'drip' }) {
  let at = 0
  const timer = setInterval(() => {
    if (client.destroyed || at >= bytes.length) return clearInterval(timer)
    client.write(bytes.subarray(at, at + size))
    at += size
  }, everyMs)
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
}
