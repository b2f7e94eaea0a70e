import * as z from 'zod'
import { collect } from './settings.ts'
import { fields } from './settings-fields.ts'

export type TraceSettings = {
  /** Base URL of an OTLP receiver. */
  endpoint: string
  headers: Record<string, string>
  /** As OpenTelemetry names it. */
  sampler: string
  /** Of the traces, where the sampler takes a share. */
  ratio: number
}

/** Where traces go; undefined: nowhere. Stands alone: the storefront's server has no other settings. */
export function traceSettings(env: Record<string, string | undefined>): TraceSettings | undefined {
  const all = fields()
  const schema = z.object({
    OTEL_EXPORTER_OTLP_ENDPOINT: all.OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_HEADERS: all.OTEL_EXPORTER_OTLP_HEADERS,
    OTEL_TRACES_SAMPLER: all.OTEL_TRACES_SAMPLER,
    OTEL_TRACES_SAMPLER_ARG: all.OTEL_TRACES_SAMPLER_ARG,
  })
  const { data } = schema.safeParse(collect(env, Object.keys(schema.shape), []))
  if (!data?.OTEL_EXPORTER_OTLP_ENDPOINT) return undefined
  return {
    endpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT,
    headers: pairs(data.OTEL_EXPORTER_OTLP_HEADERS),
    sampler: data.OTEL_TRACES_SAMPLER,
    ratio: data.OTEL_TRACES_SAMPLER_ARG,
  }
}

/** `a=1,b=2`, values percent-encoded, as OpenTelemetry writes headers. */
function pairs(text = '') {
  return Object.fromEntries(
    text.split(',').flatMap((pair) => {
      const [name = '', ...value] = pair.split('=')
      return name ? [[name.trim(), decoded(value.join('=').trim())]] : []
    }),
  )
}

function decoded(text: string) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
