import type { Argon2Parameters } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

/** As many hashes are made at once. */
export const threads = availableParallelism()

/**
 * What a thread runs. Text, as a bundle has no file for it. On libuv's pool, which is more threads than
 * cores as some of them wait for name servers, every hash would meet another thread's cold 19 MB.
 */
const PROGRAM = `
  const { parentPort } = require('node:worker_threads')
  const { argon2Sync } = require('node:crypto')
  parentPort.on('message', (parameters) => parentPort.postMessage(argon2Sync('argon2id', parameters)))`

/** A thread needs little beside the memory of its hash, which is outside of V8. */
const LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16, stackSizeMb: 1 }

type Job = { resolve: (tag: Buffer) => void; reject: (error: Error) => void }
/** `jobs`: given to it, the first under way. */
type Thread = { worker: Worker; jobs: Job[] }

const running: Thread[] = []

/** Makes a hash on a thread of its own kind, after those that were asked for before. */
export function argon2id(parameters: Argon2Parameters): Promise<Buffer> {
  const thread = leastBusy()
  return new Promise((resolve, reject) => {
    if (thread.jobs.push({ resolve, reject }) === 1) thread.worker.ref()
    // A Buffer would take with it the pool that it is a piece of.
    thread.worker.postMessage({ ...parameters, nonce: Uint8Array.from(parameters.nonce as Buffer) })
  })
}

function leastBusy(): Thread {
  const [first] = running.toSorted((a, b) => a.jobs.length - b.jobs.length)
  return first && (first.jobs.length === 0 || running.length === threads) ? first : begin()
}

function begin(): Thread {
  const worker = new Worker(PROGRAM, { eval: true, execArgv: [], resourceLimits: LIMITS })
  const thread: Thread = { worker, jobs: [] }
  // A process that has nothing else to do may end.
  worker.unref()
  worker.on('message', (tag: Uint8Array) => {
    const job = thread.jobs.shift()
    if (thread.jobs.length === 0) worker.unref()
    job?.resolve(Buffer.from(tag.buffer, tag.byteOffset, tag.byteLength))
  })
  worker.on('error', (error) => end(thread, error))
  worker.on('exit', () => end(thread, new Error('a thread for hashes has ended')))
  running.push(thread)
  return thread
}

/** What it was given fails; the next hash begins another. */
function end(thread: Thread, error: Error): void {
  const at = running.indexOf(thread)
  if (at >= 0) running.splice(at, 1)
  for (const { reject } of thread.jobs.splice(0)) reject(error)
}
