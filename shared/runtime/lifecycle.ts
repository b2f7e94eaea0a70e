import { collectAtRest } from './at-rest.ts'
import { failCurrent } from './call.ts'
import { type Host, type HostOptions, startHost } from './host.ts'
import { log } from './log.ts'

/** What a supervised process tells its supervisor. */
export type Told = { souk: 'ready' | 'beat' }

const BEAT = 1000
/** After which a process that is ending has to be gone, whatever still holds it. */
const HARD_STOP = 35_000

/**
 * A host as the whole of this process: drains on SIGTERM and SIGINT and exits 0; after an error that
 * nothing caught it answers that call 500, drains and exits 1, since nobody knows what state it is
 * in. Tells a supervisor that it is ready and that its event loop turns.
 */
export async function runHost(options: HostOptions): Promise<Host> {
  const host = await startHost(options)
  let ending: number | undefined
  const end = (code: number) => {
    if (ending !== undefined) {
      ending = Math.max(ending, code)
      return
    }
    ending = code
    setTimeout(() => process.exit(1), HARD_STOP).unref()
    void host.drain().finally(() => process.exit(ending))
  }
  process.on('SIGTERM', () => end(0))
  process.on('SIGINT', () => end(0))
  const broken = (error: unknown) => {
    const answered = failCurrent(error)
    log.error('an error that nothing caught ends this process', {
      error: error instanceof Error ? error : new Error(String(error)),
      answered,
    })
    end(1)
  }
  process.on('uncaughtException', broken)
  process.on('unhandledRejection', broken)
  report(host)
  return host
}

function report(host: Host): void {
  // A closing terminal sends it to everybody; the supervisor takes it for a reload.
  if (process.send) process.on('SIGHUP', () => undefined)
  const ready = beat()
  void host.ready.then(ready)
  void host.ready.then(() => collectAtRest())
}

/** Tells a supervisor, when there is one, that this event loop turns; the result, that it is ready. */
export function beat(): () => void {
  const tell = (souk: Told['souk']) => {
    if (process.connected) process.send?.({ souk } satisfies Told)
  }
  tell('beat')
  setInterval(() => tell('beat'), BEAT).unref()
  return () => tell('ready')
}
