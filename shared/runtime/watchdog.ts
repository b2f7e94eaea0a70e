import { Worker } from 'node:worker_threads'

/** Runs in a thread of its own, which turns on while the event loop of the process stands. */
const WATCH = `
const { workerData: { beats, hangMs } } = require('node:worker_threads')
let known = -1
let since = Date.now()
setInterval(() => {
  const now = Atomics.load(beats, 0)
  if (now !== known) { known = now; since = Date.now() }
  else if (Date.now() - since > hangMs) {
    require('node:fs').writeSync(2, JSON.stringify({
      level: 'ERROR', message: 'a hung process ends itself', timestamp: new Date().toISOString(),
    }) + '\\n')
    process.kill(process.pid, 'SIGKILL')
  }
}, hangMs / 10)
`

/**
 * Kills this process when its event loop has stood still for so long: for where something starts it
 * again, as a container's restart policy does, and no supervisor looks. A process that is the first
 * of its container and has no init before it cannot kill itself.
 */
export function watchdog(hangMs = 10_000): void {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  setInterval(() => Atomics.add(beats, 0, 1), hangMs / 10).unref()
  const watcher = new Worker(WATCH, {
    eval: true,
    workerData: { beats, hangMs },
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
  })
  watcher.unref()
}
