import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Ways to hold a connection: sending headers or a body, or taking an answer, a little at a time. */
export type Slowness = 'headers' | 'body' | 'reading'

export type Attack = {
  port: number
  many: number
  /** How many of them connect in a second. */
  perSecond: number
  kind: Slowness
  path: string
}

export type SlowClients = {
  /** How many the server still has, and how many came; as they were within the last 100 ms. */
  held(): number
  connected(): number
  stop(): Promise<void>
}

const entry = fileURLToPath(new URL('./slow-clients-process.ts', import.meta.url))

/**
 * Connects clients that are slow in one way, and go on a little every second. They are a process of
 * their own: what they do must not delay those whose answers are timed.
 */
export function startSlowClients(attack: Attack): SlowClients {
  let seen = { held: 0, connected: 0 }
  const child = fork(entry, [JSON.stringify(attack)], { stdio: 'inherit' })
  child.on('message', (message) => {
    seen = message as typeof seen
  })
  return {
    held: () => seen.held,
    connected: () => seen.connected,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
