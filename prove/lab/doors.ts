import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { lean } from '../../shared/runtime/lean.ts'
import { type ServiceProcess, startService } from './processes.ts'

/** A service as a process, at a port of its own and behind a gateway that is a process too. */
export type Doors = {
  service: ServiceProcess
  /** Where clients come in, and the process that they meet there. */
  at: Record<'direct' | 'gateway', { port: number; pid: number }>
  close(): Promise<void>
}

export async function openDoors(name: string, environment: Record<string, string>): Promise<Doors> {
  const service = await startService(name, environment)
  const serve = fileURLToPath(new URL('./gateway.ts', import.meta.url))
  const gateway: ChildProcess = fork(serve, [service.url], {
    execArgv: [...process.execArgv, ...lean().flags],
    stdio: 'inherit',
  })
  const [port] = await once(gateway, 'message')
  return {
    service,
    at: {
      direct: { port: Number(new URL(service.url).port), pid: service.pid() },
      gateway: { port: Number(port), pid: gateway.pid ?? 0 },
    },
    async close() {
      const gone = once(gateway, 'exit')
      gateway.disconnect()
      await gone
      await service.stop()
    },
  }
}
