import cluster, { type Worker } from 'node:cluster'
import { join } from 'node:path'

/** What a spare process is told to become. */
export type Order = { load: string; env: Record<string, string>; inspect?: number }

/**
 * A process that has loaded libraries and house and waits to be told what to run: the new code of a
 * service then only has to be read itself. There is always one to spare.
 */
export function spares() {
  let modules: readonly string[] = []
  let waiting: Worker | undefined
  const make = () => {
    cluster.setupPrimary({
      exec: join(import.meta.dirname, 'spare-process.ts'),
      args: [],
      execArgv: ['--enable-source-maps'],
      silent: true,
    })
    return cluster.fork({ SOUK_PRELOAD: JSON.stringify(modules) })
  }
  const refill = () => {
    if (waiting) return
    waiting = make()
    waiting.once('exit', forget)
  }
  const forget = () => {
    waiting = undefined
  }
  const end = () => {
    waiting?.off('exit', forget)
    waiting?.process.kill('SIGKILL')
    waiting = undefined
  }
  return {
    /** What spares load ahead from now on; the one that waits knows it as it was, and goes. */
    preload(names: readonly string[]) {
      modules = names
      end()
    },
    take(order: Order): Worker {
      const worker = waiting ?? make()
      worker.off('exit', forget)
      waiting = undefined
      worker.send(order)
      return worker
    },
    refill,
    end,
  }
}

export type Spares = ReturnType<typeof spares>
