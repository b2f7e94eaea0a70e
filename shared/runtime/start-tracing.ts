import { traceSettings } from './trace-settings.ts'
import { useTracing } from './tracing.ts'

/**
 * Sends traces from now on, if an endpoint is set; only then is OpenTelemetry loaded. Returns what
 * ends it: sends what is left, for a moment.
 */
export async function startTracing(service: string): Promise<() => Promise<void>> {
  const traces = traceSettings(process.env)
  if (!traces) return async () => {}
  const { openTracing } = await import('./otel.ts')
  const opened = openTracing(service, traces)
  useTracing(opened)
  return async () => {
    useTracing(undefined)
    await opened.close()
  }
}
