/** One diagram: its title, what it shows of the chosen services, in which unit. */
export type Diagram = {
  title: string
  about: string
  unit: 'reqps' | 'percentunit' | 's' | 'bytes' | 'short'
  /** PromQL by the name of its lines; `{{label}}` stands for a label's value. */
  queries: Record<string, string>
}

const over = '[$__rate_interval]'
/** Of the services chosen at the top of the page. */
const chosen = 'service=~"$service"'

function rate(metric: string, more = ''): string {
  return `rate(${metric}{${chosen}${more}}${over})`
}

function quantile(share: number, by: string): string {
  const buckets = rate('souk_request_duration_seconds_bucket')
  return `histogram_quantile(${share}, sum by (le, ${by}) (${buckets}))`
}

/** Rows of the page, from what a visitor notices down to why. */
export const rows: { title: string; diagrams: Diagram[] }[] = [
  {
    title: 'Services',
    diagrams: [
      {
        title: 'Requests',
        about: 'Answers a second.',
        unit: 'reqps',
        queries: { '{{service}}': `sum by (service) (${rate('souk_requests_total')})` },
      },
      {
        title: 'Errors',
        about: 'Share of answers of 500 and over.',
        unit: 'percentunit',
        queries: {
          '{{service}}': `sum by (service) (${rate('souk_errors_total')}) / sum by (service) (${rate('souk_requests_total')})`,
        },
      },
      {
        title: 'Duration',
        about: 'Half, and all but one in a hundred, are faster.',
        unit: 's',
        queries: {
          '{{service}} p50': quantile(0.5, 'service'),
          '{{service}} p99': quantile(0.99, 'service'),
        },
      },
      {
        title: 'Instances',
        about: 'Processes that Prometheus reaches.',
        unit: 'short',
        queries: { '{{service}}': `count by (service) (process_uptime_seconds{${chosen}})` },
      },
    ],
  },
  {
    title: 'Endpoints',
    diagrams: [
      {
        title: 'Requests',
        about: 'The fifteen that are asked for most.',
        unit: 'reqps',
        queries: { '{{function}}': `topk(15, sum by (function) (${rate('souk_requests_total')}))` },
      },
      {
        title: 'Errors',
        about: 'Answers of 500 and over a second.',
        unit: 'reqps',
        queries: { '{{function}}': `sum by (function) (${rate('souk_errors_total')}) > 0` },
      },
      {
        title: 'Duration, p95',
        about: 'The fifteen slowest.',
        unit: 's',
        queries: { '{{function}}': `topk(15, ${quantile(0.95, 'function')})` },
      },
      {
        title: 'Refused',
        about: 'Answers of 400 to 499 a second.',
        unit: 'reqps',
        queries: {
          '{{function}}': `sum by (function) (${rate('souk_requests_total', ',status="4xx"')}) > 0`,
        },
      },
    ],
  },
  {
    title: 'Processes',
    diagrams: [
      {
        title: 'Delay of the event loop',
        about: 'Largest between two scrapes. Above 250 ms a process answers 503.',
        unit: 's',
        queries: {
          '{{service}} {{instance}}': `max by (service, instance) (souk_event_loop_delay_max_seconds{${chosen}})`,
        },
      },
      {
        title: 'Memory',
        about: 'In RAM.',
        unit: 'bytes',
        queries: {
          '{{service}} {{instance}}': `sum by (service, instance) (process_resident_memory_bytes{${chosen}})`,
        },
      },
      {
        title: 'Processor',
        about: 'Cores.',
        unit: 'short',
        queries: {
          '{{service}} {{instance}}': `sum by (service, instance) (${rate('process_cpu_seconds_total')})`,
        },
      },
      {
        title: 'In flight, and deaths',
        about: 'Calls being answered; processes that a supervisor had to start again.',
        unit: 'short',
        queries: {
          '{{service}} in flight': `sum by (service) (souk_requests_in_flight{${chosen}})`,
          '{{service}} deaths': `sum by (service) (souk_restarts_total{${chosen}})`,
        },
      },
    ],
  },
  {
    title: 'What they stand on',
    diagrams: [
      {
        title: 'Answered from the store',
        about: 'Share of cacheable reads that needed no work; where the cache found the others.',
        unit: 'percentunit',
        queries: {
          '{{service}}': `sum by (service) (${rate('souk_stored_hits_total')}) / (sum by (service) (${rate('souk_stored_hits_total')}) + sum by (service) (${rate('souk_stored_misses_total')}))`,
        },
      },
      {
        title: 'Cache',
        about: 'Reads a second, by where the answer came from.',
        unit: 'reqps',
        queries: {
          '{{service}} {{from}}': `sum by (service, from) (${rate('souk_cache_reads_total')})`,
        },
      },
      {
        title: 'Connections to PostgreSQL',
        about: 'In use and idle; statements that wait for one.',
        unit: 'short',
        queries: {
          '{{service}} {{state}}': `sum by (service, state) (souk_pool_connections{${chosen}})`,
          '{{service}} waiting': `sum by (service) (souk_pool_waiting{${chosen}})`,
        },
      },
      {
        title: 'Events on their way',
        about: 'Not yet taken by the other side; given up after 24 hours.',
        unit: 'short',
        queries: {
          '{{service}} waiting': `max by (service) (souk_outbox_waiting{${chosen}})`,
          '{{service}} given up': `max by (service) (souk_outbox_dead{${chosen}})`,
        },
      },
      {
        title: 'Age of the oldest event',
        about: 'Above a few seconds, who takes it is not there.',
        unit: 's',
        queries: { '{{service}}': `max by (service) (souk_outbox_oldest_seconds{${chosen}})` },
      },
      {
        title: 'Open circuits',
        about: 'Calls to a service that are not tried: 1 open, 0.5 trying again.',
        unit: 'short',
        queries: {
          '{{service}} to {{target}}': `max by (service, target) (souk_circuit_open{${chosen}})`,
        },
      },
      {
        title: 'Gateway',
        about: 'Answers a second, by status.',
        unit: 'reqps',
        queries: {
          '{{code}}': `sum by (code) (rate(traefik_entrypoint_requests_total{entrypoint!="traefik"}${over}))`,
        },
      },
      {
        title: 'Cache, memory',
        about: 'Taken by stored answers.',
        unit: 'bytes',
        queries: { '{{service}}': `sum by (service) (souk_cache_bytes{${chosen}})` },
      },
    ],
  },
]
