import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import * as api from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { readTraceparent } from './ids.ts'
import { log } from './log.ts'
import { traceRedis } from './otel-redis.ts'
import { redact } from './redact.ts'
import type { TraceSettings } from './trace-settings.ts'
import type { Attributes, Outcome, Span, SpanKind, Tracing } from './tracing.ts'

/** Spans that wait to be sent, some 1 KB each; over that they are lost. */
const MOST_WAITING = 2048
const SEND_EVERY_MS = 2_000
const SEND_MS = 5_000
/** At the end of a process nobody waits longer for a collector. */
const LAST_MS = 1_500

const KINDS = {
  server: api.SpanKind.SERVER,
  client: api.SpanKind.CLIENT,
  producer: api.SpanKind.PRODUCER,
}

/** Sends spans of this process by OTLP over HTTP, as JSON. */
export function openTracing(service: string, settings: TraceSettings): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${settings.endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: settings.headers,
    timeoutMillis: SEND_MS,
  })
  const own = resourceFromAttributes({
    'service.name': service,
    'service.namespace': 'souk',
    'service.instance.id': `${service}-${hostname()}-${process.pid}`,
  })
  const provider = new TracerProvider({
    // OTEL_RESOURCE_ATTRIBUTES first: what a process is, it knows best itself.
    resource: detectResources({ detectors: [resourceAttributesEnvDetector] }).merge(own),
    sampler: samplerOf(settings),
    spanLimits: { attributeValueLengthLimit: 256, attributeCountLimit: 32 },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: telling(exporter),
        maxQueueSize: MOST_WAITING,
        scheduledDelayMillis: SEND_EVERY_MS,
        exportTimeoutMillis: SEND_MS * 2,
      }),
    ],
  })
  const tracer = provider.getTracer('souk')
  const start: Tracing['start'] = (name, kind, parent, attributes = {}) => {
    const options = { kind: KINDS[kind], attributes: clean(attributes) }
    return new OpenSpan(tracer.startSpan(name, options, contextOf(parent)), kind)
  }
  const stopRedis = traceRedis(start)
  return {
    start,
    async close() {
      stopRedis()
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        pause(LAST_MS, undefined, { ref: false }),
      ])
    },
  }
}

class OpenSpan implements Span {
  readonly traceparent: string
  readonly #span: api.Span
  readonly #kind: SpanKind

  constructor(span: api.Span, kind: SpanKind) {
    const { traceId, spanId, traceFlags } = span.spanContext()
    this.traceparent = `00-${traceId}-${spanId}-${traceFlags & 1 ? '01' : '00'}`
    this.#span = span
    this.#kind = kind
  }

  end({ name, attributes, error }: Outcome = {}): void {
    const span = this.#span
    if (!span.isRecording()) return
    if (name !== undefined) span.updateName(name)
    if (attributes) span.setAttributes(clean(attributes))
    if (error !== undefined) {
      span.setAttribute('error.type', error)
      // A client's own mistake is no fault of the server that tells it so.
      if (this.#kind !== 'server' || !/^4\d\d$/.test(error))
        span.setStatus({ code: api.SpanStatusCode.ERROR })
    }
    span.end()
  }
}

/** What must not be in a log must not be here either. */
function clean(attributes: Attributes): api.Attributes {
  const cleaned: api.Attributes = {}
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) cleaned[key] = redact(key, value) as string | number | boolean
  }
  return cleaned
}

function contextOf(parent: string | undefined): api.Context {
  const read = readTraceparent(parent)
  if (!read) return api.ROOT_CONTEXT
  const traceFlags = read.isSampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE
  const { traceId, spanId } = read
  return api.trace.setSpanContext(api.ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}

/** By the names that OpenTelemetry gives to samplers. */
function samplerOf({ sampler, ratio }: TraceSettings): Sampler {
  const plain = sampler.replace('parentbased_', '')
  const root =
    plain === 'always_off'
      ? new AlwaysOffSampler()
      : plain === 'traceidratio'
        ? new TraceIdRatioBasedSampler(ratio)
        : new AlwaysOnSampler()
  return plain === sampler ? root : new ParentBasedSampler({ root })
}

/** Says once that spans cannot be sent, and once that they can again. */
function telling(exporter: SpanExporter): SpanExporter {
  let lost = 0
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        // 0 is success.
        if (result.code === 0) {
          if (lost > 0) log.info('traces are sent again', { lost })
          lost = 0
        } else {
          if (lost === 0)
            log.warn('traces cannot be sent; going on without', { error: result.error })
          lost += spans.length
        }
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush
      ? { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() }
      : {}),
  }
}
