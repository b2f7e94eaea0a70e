import { fault } from '../http/errors.ts'
import { securityHeaders } from '../http/headers.ts'
import { gather, type Numbers } from './gather.ts'
import { headersByName } from './incoming.ts'
import { type Metric, render } from './metrics.ts'
import type { Reply } from './reply.ts'
import type { State } from './state.ts'
import type { Asked } from './transport.ts'
import { within } from './within.ts'

const OPERATIONS = new Set(['/livez', '/readyz', '/metrics', '/_/events'])

/** Answers what every host answers outside of the API; undefined for any other path. */
export function probe(
  state: State,
  method: string,
  path: string,
  address: string,
): Promise<Reply> | undefined {
  const place = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  const event = place.startsWith('/_/events/') ? place.slice('/_/events/'.length) : undefined
  if (!OPERATIONS.has(place) && event === undefined) return undefined
  if (method !== 'GET' && method !== 'HEAD')
    throw fault('method_not_allowed', undefined, { headers: { allow: 'GET, HEAD' } })
  if (place === '/livez') return Promise.resolve(plain(200, 'text/plain; charset=utf-8', 'ok\n'))
  if (place === '/readyz') return readiness(state)
  if (place === '/metrics') return metrics(state)
  return Promise.resolve(events(state, event, address))
}

/** The services' own pages under `/api/schema/`; undefined for any other path. */
export function documentation(
  state: State,
  { method, rawHeaders }: Asked,
  path: string,
): Promise<Reply> | undefined {
  if (!path.startsWith('/api/schema')) return undefined
  return state.options
    .docs?.(method, path, headersByName(rawHeaders))
    ?.then((it) => ({ ...it, headers: Object.entries(it.headers) }))
}

async function readiness(state: State): Promise<Reply> {
  const ready = state.ready && !state.draining
  const status = state.draining ? 'draining' : state.ready ? 'ready' : 'starting'
  const health = await within(1000, state.options.health?.() ?? Promise.resolve({})).catch(
    (error: unknown) => ({ health: error instanceof Error ? error.message : 'unknown' }),
  )
  return plain(
    ready ? 200 : 503,
    'application/json',
    JSON.stringify({ status, ...health }),
    ready ? [] : [['retry-after', '1']],
  )
}

/** Of all processes of this service, wherever the question arrives; told apart by `worker`. */
async function metrics(state: State): Promise<Reply> {
  const all = await gather(() => numbers(state))
  const shared = await within(1000, state.options.serviceMetrics?.() ?? Promise.resolve([])).catch(
    () => [],
  )
  const text = render(
    all.flatMap((it) => it.meters),
    [...all.flatMap((it) => it.others), ...shared],
  )
  return plain(200, 'text/plain; version=0.0.4; charset=utf-8', text)
}

/** What this process has counted. */
export async function numbers(state: State): Promise<Numbers> {
  const worker = state.options.instance ?? String(process.pid)
  const lag = state.pressure.lag()
  const own: Metric[] = [
    gauge('souk_event_loop_delay_seconds', 'Latest delay of the event loop.', lag.latest / 1000),
    gauge(
      'souk_event_loop_delay_max_seconds',
      'Largest delay of the event loop since it was last asked for.',
      lag.largest / 1000,
    ),
    gauge('process_resident_memory_bytes', 'Memory in RAM.', process.memoryUsage.rss()),
    gauge('process_uptime_seconds', 'Time since the start.', process.uptime()),
    counter('process_cpu_seconds_total', 'User and system time.', cpuSeconds()),
    counter(
      'souk_restarts_total',
      'Deaths of processes in this place, by the supervisor.',
      Number(process.env.SOUK_RESTARTS ?? 0),
    ),
    counter('souk_stored_hits_total', 'Answers given from stored bytes.', state.storedHits),
    counter('souk_stored_misses_total', 'Cacheable reads that had to work.', state.storedMisses),
    ...(state.options.metrics?.() ?? []),
  ]
  const meters = [...state.meters].map(([route, meter]) => ({
    labels: { function: route.functionName, worker },
    meter,
  }))
  meters.push({ labels: { function: 'none', worker }, meter: state.unrouted })
  return { meters, others: own.map((it) => ({ ...it, labels: { ...it.labels, worker } })) }
}

/** Only where stacks are shown as well, and only to this machine. */
function events(state: State, id: string | undefined, address: string): Reply {
  const local = address === '::1' || address.startsWith('127.')
  if (!state.recent || !local) throw fault('not_found')
  const found = id === undefined ? state.recent.list() : state.recent.find(id)
  if (found === undefined) throw fault('not_found')
  return plain(200, 'application/json', JSON.stringify(found))
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', value }
}

function counter(name: string, help: string, value: number): Metric {
  return { name, help, type: 'counter', value }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

function plain(
  status: number,
  type: string,
  text: string,
  more: readonly [string, string][] = [],
): Reply {
  return {
    status,
    headers: [
      ...Object.entries(securityHeaders),
      ['content-type', type],
      ['cache-control', 'no-store'],
      ...more,
    ],
    body: text,
  }
}
