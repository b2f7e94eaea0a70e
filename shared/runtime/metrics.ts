/** Numbers of one function. */
export type Meter = {
  /** Answers by first digit of their status. */
  classes: number[]
  /** Durations by bucket, not cumulative; the last is over all bounds. */
  buckets: number[]
  seconds: number
  inFlight: number
}

/** A number that somebody else keeps, such as cache hits or the outbox's lag. */
export type Metric = {
  name: string
  help: string
  type: 'counter' | 'gauge'
  value: number
  labels?: Record<string, string>
}

const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export function meter(): Meter {
  return {
    classes: [0, 0, 0, 0, 0, 0],
    buckets: new Array(BOUNDS.length + 1).fill(0),
    seconds: 0,
    inFlight: 0,
  }
}

export function record(meter: Meter, status: number, seconds: number): void {
  const digit = (status / 100) | 0
  meter.classes[digit] = (meter.classes[digit] ?? 0) + 1
  let bucket = 0
  while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] ?? 0)) bucket++
  meter.buckets[bucket] = (meter.buckets[bucket] ?? 0) + 1
  meter.seconds += seconds
}

/** Prometheus' text format, of the functions' meters by label set and the other numbers. */
export function render(
  meters: readonly { labels: Record<string, string>; meter: Meter }[],
  others: readonly Metric[],
): string {
  const lines: string[] = []
  const head = (name: string, type: string, help: string) =>
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
  head('souk_requests_total', 'counter', 'Answers by function and class of status.')
  for (const { labels, meter } of meters)
    for (const [digit, count] of meter.classes.entries())
      if (count > 0)
        lines.push(`souk_requests_total${text({ ...labels, status: `${digit}xx` })} ${count}`)
  head('souk_errors_total', 'counter', 'Answers of 500 and over, by function.')
  for (const { labels, meter } of meters)
    lines.push(`souk_errors_total${text(labels)} ${meter.classes[5] ?? 0}`)
  head('souk_requests_in_flight', 'gauge', 'Calls being answered.')
  for (const { labels, meter } of meters)
    lines.push(`souk_requests_in_flight${text(labels)} ${meter.inFlight}`)
  head('souk_request_duration_seconds', 'histogram', 'Time to the answer.')
  for (const { labels, meter } of meters) lines.push(...histogram(labels, meter))
  // All of one name stand together, whoever says them.
  for (const [name, group] of Map.groupBy(others, (it) => it.name)) {
    const [first] = group
    if (first) head(name, first.type, first.help)
    for (const { labels, value } of group) lines.push(`${name}${text(labels ?? {})} ${value}`)
  }
  return `${lines.join('\n')}\n`
}

function histogram(labels: Record<string, string>, meter: Meter): string[] {
  const name = 'souk_request_duration_seconds'
  let total = 0
  const lines = meter.buckets.map((count, at) => {
    total += count
    return `${name}_bucket${text({ ...labels, le: String(BOUNDS[at] ?? '+Inf') })} ${total}`
  })
  return [
    ...lines,
    `${name}_sum${text(labels)} ${meter.seconds}`,
    `${name}_count${text(labels)} ${total}`,
  ]
}

function text(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) =>
      `${name}="${value.replace(/[\\"\n]/g, (it) => (it === '\n' ? '\\n' : `\\${it}`))}"`,
  )
  return pairs.length > 0 ? `{${pairs.join(',')}}` : ''
}
