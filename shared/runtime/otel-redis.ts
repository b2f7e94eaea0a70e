import { tracingChannel } from 'node:diagnostics_channel'
import { invocation } from './invocation.ts'
import { errorWord, type Span, type Tracing } from './tracing.ts'

/** What ioredis says of a command; its arguments hold keys and values, and are left alone. */
type Told = { command: string; serverAddress?: string; serverPort?: number; error?: unknown }

/** Commands to Redis as spans of the calls that they belong to. Returns what ends it. */
export function traceRedis(start: Tracing['start']): () => void {
  const channel = tracingChannel<string, Told>('ioredis:command')
  const open = new WeakMap<object, Span>()
  const subscribers = {
    start(told: Told) {
      const parent = invocation()?.traceparent
      if (parent === undefined) return
      const name = told.command.toUpperCase()
      const span = start(name, 'client', parent, {
        'db.system.name': 'redis',
        'db.operation.name': name,
        'server.address': told.serverAddress,
        'server.port': told.serverPort,
      })
      open.set(told, span)
    },
    end() {},
    asyncStart() {},
    asyncEnd: (told: Told) => open.get(told)?.end(),
    error: (told: Told) => open.get(told)?.end({ error: errorWord(told.error) }),
  }
  channel.subscribe(subscribers as never)
  return () => void channel.unsubscribe(subscribers as never)
}
