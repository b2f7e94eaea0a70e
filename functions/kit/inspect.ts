import { open, url, waitForDebugger as wait } from 'node:inspector'
import type { Handler } from '../../shared/http/service.ts'

/**
 * Opens this process to a debugger and waits until one is there; with `stops`, the handler given
 * back stops before each call. Time stands still at a breakpoint: no deadline passes meanwhile.
 */
export async function waitForDebugger(handler: Handler, stops: boolean): Promise<Handler> {
  if (url() === undefined) open(Number(process.env.INSPECT_PORT ?? 0))
  console.error(`Waiting for a debugger at ${url()}`)
  wait()
  if (!stops) return handler
  return (event, context) => {
    // biome-ignore lint/suspicious/noDebugger: this is where --inspect-brk stops; step into the function
    debugger
    return handler(event, context)
  }
}
