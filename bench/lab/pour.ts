import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Requests } from './drive.ts'

/** One request: when it was due and how long it took, ms; status 0 when the connection broke. */
export type Poured = { at: number; ms: number; status: number }

type Line = {
  opened: Promise<void>
  send(bytes: Buffer, done: (status: number) => void): void
  close(): void
}

const TICK_MS = 2
/** Beyond this nothing is sent any more, which counts as broken. */
const MOST_LINES = 6000
const END = Buffer.from('\r\n\r\n')

/**
 * An open stream: so many requests a second, whatever becomes of those before. Whoever is not answered
 * keeps its connection; the next takes one of the `kept` that are opened before, or a new one.
 */
export async function pour(
  port: number,
  requests: Requests,
  rate: number,
  seconds: number,
  kept = 0,
): Promise<Poured[]> {
  const results: Poured[] = []
  const idle: Line[] = []
  const lines = new Set<Line>()
  const open: Promise<void>[] = []
  while (lines.size < kept) {
    const line = lineTo(port)
    await line.opened
    lines.add(line)
    idle.push(line)
  }
  const started = performance.now()
  let sent = 0
  const one = (n: number) =>
    new Promise<void>((resolve) => {
      const at = performance.now()
      const end = (status: number) => {
        results.push({ at: at - started, ms: performance.now() - at, status })
        resolve()
      }
      const line = idle.pop() ?? (lines.size < MOST_LINES ? lineTo(port) : undefined)
      if (!line) return end(0)
      lines.add(line)
      line.send(requests(n), (status) => {
        if (status === 0) lines.delete(line)
        else idle.push(line)
        end(status)
      })
    })
  while (performance.now() - started < seconds * 1000) {
    const due = Math.floor(((performance.now() - started) / 1000) * rate)
    while (sent < due) open.push(one(sent++))
    await pause(TICK_MS)
  }
  await Promise.race([Promise.all(open), pause(10_000, undefined, { ref: false })])
  for (const line of lines) line.close()
  return results
}

function lineTo(port: number): Line {
  let done: ((status: number) => void) | undefined
  let head: Buffer | undefined
  let missing = 0
  let status = 0
  let last = false
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const finish = (told: number) => {
    const call = done
    done = undefined
    call?.(told)
  }
  socket.on('error', () => finish(0))
  socket.on('close', () => finish(0))
  socket.on('data', (chunk: Buffer) => {
    if (missing > 0) missing -= chunk.length
    else {
      head = head ? Buffer.concat([head, chunk]) : chunk
      const end = head.indexOf(END)
      if (end < 0) return
      const text = head.toString('latin1', 0, end)
      status = Number(text.slice(9, 12))
      last = /\r\nconnection: close/i.test(text)
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0)
      missing = length - (head.length - end - END.length)
      head = undefined
    }
    if (missing > 0) return
    missing = 0
    // A connection that will be closed is not used again, though its answer counts.
    if (last) socket.destroy()
    finish(status)
  })
  return {
    opened: new Promise((resolve) => socket.once('connect', resolve).once('close', resolve)),
    send(bytes, told) {
      done = told
      if (socket.destroyed) finish(0)
      else socket.write(bytes)
    },
    close: () => socket.destroy(),
  }
}
