import { readSync } from 'node:fs'

/** Milliseconds until a pipe that had nothing is asked again. */
const AGAIN = 5

/** All that comes by standard input. Another program may have made the pipe one that does not block. */
export function standardInput(): Buffer {
  const chunks: Buffer[] = []
  const sleeping = new Int32Array(new SharedArrayBuffer(4))
  const chunk = Buffer.alloc(64 * 1024)
  for (;;) {
    try {
      const size = readSync(0, chunk)
      if (size === 0) return Buffer.concat(chunks)
      chunks.push(Buffer.from(chunk.subarray(0, size)))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(sleeping, 0, 0, AGAIN)
    }
  }
}
