import { EventEmitter } from 'node:events'

// In a file of its own: whoever emits needs the bell, and only a process that stays the relay.
// One bell however many bundles carry this file: a commit wakes the relay of the same process.
const key = Symbol.for('souk.outbox')
const shared = globalThis as unknown as Record<symbol, EventEmitter | undefined>
shared[key] ??= new EventEmitter().setMaxListeners(0)
export const bell = shared[key]
