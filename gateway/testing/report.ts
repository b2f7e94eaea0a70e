/** A request that was not answered well; `at` in seconds from the start. */
export type Failure = { name: string; at: number; why: string }

export type Report = {
  requests: number
  perSecond: number
  failures: readonly Failure[]
  /** Milliseconds. */
  times: { p50: number; p99: number; max: number }
  counts: Record<string, number>
  /** Products that were put into carts, counted by who sent them, and what the carts hold. */
  carts: { asked: number; held: number }
}

type Given = {
  seconds: number
  counts: ReadonlyMap<string, number>
  times: readonly number[]
  failures: readonly Failure[]
  carts: Report['carts']
}

export function summary({ seconds, counts, times, failures, carts }: Given): Report {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) =>
    Math.round(10 * (sorted[Math.floor(sorted.length * share)] ?? 0)) / 10
  const requests = [...counts.values()].reduce((sum, it) => sum + it, 0)
  return {
    requests,
    perSecond: Math.round(requests / seconds),
    failures,
    times: { p50: at(0.5), p99: at(0.99), max: at(0.999999) },
    counts: Object.fromEntries(counts),
    carts,
  }
}

/** Prints what came of it; true when nothing failed and the carts hold what was sent. */
export function tell(report: Report): boolean {
  const { requests, perSecond, failures, times, counts, carts } = report
  console.log(`${requests} requests, ${perSecond} a second: ${JSON.stringify(counts)}`)
  console.log(`ms: p50 ${times.p50}, p99 ${times.p99}, max ${times.max}`)
  console.log(`carts: ${carts.asked} put in, ${carts.held} held`)
  console.log(`${failures.length} failed`)
  for (const line of byKind(failures)) console.log(`  ${line}`)
  return failures.length === 0 && carts.asked === carts.held
}

/** A line for each kind of failure, with how many and when the first and the last came. */
export function byKind(failures: readonly Failure[]): string[] {
  const kinds = Map.groupBy(failures, ({ name, why }) => `${name}: ${why}`)
  return [...kinds].map(([kind, all]) => {
    const [first, last] = [all[0]?.at ?? 0, all.at(-1)?.at ?? 0]
    return `${kind}  ×${all.length}, from ${first.toFixed(1)} s to ${last.toFixed(1)} s`
  })
}
