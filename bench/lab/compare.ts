import { residentMb } from '../../shared/testing/resident.ts'
import { type Driven, drive, type Requests } from './drive.ts'
import { cpuMs } from './process.ts'
import type { Row, Table } from './report.ts'

/** One of the servers that a table sets side by side. */
export type Side = {
  name: string
  port: number
  /** Processes whose processor time and memory count as this side's. */
  pids: readonly number[]
  requests: Requests
}

export type Plan = {
  name: string
  title: string
  /** What the other sides are ratios of. */
  base: string
  sides: readonly Side[]
  /** Lines under the table. */
  notes?: readonly string[]
  /** Ratios the other way round, `base` over each other: for a base that is ours. */
  inverse?: boolean
  rounds?: number
  seconds?: number
  connections?: number
}

type Measured = Driven & { cpuMicros: number; resident: number }

/** So many requests, or milliseconds, before anything counts: code is compiled as it is used, and anew when it is used much. */
const WARM = 100_000
const WARM_MS = 6000

/**
 * Measures the sides in rounds, in each one after the other, every second round from the back, and
 * sets each against the base of its own round: what else the machine does moves both.
 */
export async function compare(plan: Plan): Promise<Table> {
  const { rounds = 5, seconds = 2, connections = 50, base, sides } = plan
  const counters = new Map(sides.map((it) => [it.name, 0]))
  // Requests go on where the round before has ended: what must not repeat does not.
  const run = async (side: Side, duration: number): Promise<Measured> => {
    const before = cpuMs(side.pids)
    const from = counters.get(side.name) ?? 0
    const driven = await drive(side.port, (n) => side.requests(from + n), duration, connections)
    counters.set(side.name, from + driven.total + 100)
    const cpuMicros = ((cpuMs(side.pids) - before) * 1000) / driven.total
    return { ...driven, cpuMicros, resident: residentMb(...side.pids) }
  }
  for (const side of sides) {
    const until = performance.now() + WARM_MS
    for (let done = 0; done < WARM && performance.now() < until; )
      done += (await run(side, 1)).total
  }
  const measured = new Map(sides.map((it) => [it.name, [] as Measured[]]))
  for (let round = 0; round < rounds; round++)
    for (const side of round % 2 ? sides.toReversed() : sides)
      measured.get(side.name)?.push(await run(side, seconds))
  const against = measured.get(base) ?? []
  return {
    name: plan.name,
    title: plan.title,
    notes: [
      `Median (least–most) of ${rounds} rounds of ${seconds} s each; ratios are within a round. ${connections} connections.`,
      ...(plan.notes ?? []),
    ],
    rows: sides.map(({ name }) => {
      const own = measured.get(name) ?? []
      return plan.inverse ? timesOf(name, base, own, against) : rowOf(name, base, own, against)
    }),
  }
}

function rowOf(name: string, base: string, own: Measured[], against: Measured[]): Row {
  const ratio = (part: (it: Measured) => number) =>
    own.map((it, at) => part(it) / part(against[at] ?? it))
  return {
    server: name,
    'requests/s': spread(own.map((it) => it.perSecond)),
    [`of ${base}`]: spread(ratio((it) => it.perSecond)),
    'CPU µs/request': spread(own.map((it) => it.cpuMicros)),
    'p50 ms': spread(own.map((it) => it.p50)),
    'p99 ms': spread(own.map((it) => it.p99)),
    'RSS MB': spread(own.map((it) => it.resident)),
  }
}

/** The same, saying how many times as fast, as quick to answer and as light the base is. */
function timesOf(name: string, base: string, own: Measured[], against: Measured[]): Row {
  const times = (part: (theirs: Measured, ours: Measured) => number) =>
    name === base ? '1' : spread(own.map((it, at) => part(it, against[at] ?? it)))
  return {
    server: name,
    'requests/s': spread(own.map((it) => it.perSecond)),
    [`${base} does × as many`]: times((theirs, ours) => ours.perSecond / theirs.perSecond),
    'p50 ms': spread(own.map((it) => it.p50)),
    'p99 ms': spread(own.map((it) => it.p99)),
    'p99, × ours': times((theirs, ours) => theirs.p99 / ours.p99),
    'RSS MB': spread(own.map((it) => it.resident)),
    'RSS, × ours': times((theirs, ours) => theirs.resident / ours.resident),
  }
}

/** `median (least–most)`. */
export function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => short(sorted[Math.round((sorted.length - 1) * share)] ?? 0)
  return sorted.length > 1 ? `${at(0.5)} (${at(0)}–${at(1)})` : at(0)
}

function short(value: number): string {
  if (Number.isNaN(value)) return '?'
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
