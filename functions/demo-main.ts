import { setTimeout as pause } from 'node:timers/promises'
import { database } from '../shared/data/postgres.ts'
import { loadShelves } from './demo.ts'

const PATIENCE_MS = 90_000
const BETWEEN_MS = 1000

/**
 * The demo's products and reviews as a process of its own, beside the databases of a running shop.
 * A shop that is still starting has no tables yet, or no server: what was done by then stays, and
 * the rest is tried again.
 */
async function fill(): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  for (let tries = 1; ; tries++) {
    try {
      return await loadShelves((text) => console.log(text))
    } catch (error) {
      if (performance.now() > until) throw error
      if (tries === 1) console.log('The databases are not ready, trying on')
      await pause(BETWEEN_MS)
    }
  }
}

await fill()
await Promise.all([database('product').close(), database('review').close()])
