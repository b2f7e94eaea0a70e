import { spread } from './compare.ts'
import { type Driven, drive, type Requests } from './drive.ts'
import type { Row, Table } from './report.ts'

/** One kind of request, sent to the service over the small and over the large database. */
export type Kind = {
  name: string
  small: { port: number; requests: Requests }
  large: { port: number; requests: Requests }
  /** How much longer the large one may take at the 99th percentile. */
  most: number
}

type Plan = Pick<Table, 'name' | 'title' | 'notes'> & {
  kinds: readonly Kind[]
  /** What the two sizes are called. */
  sizes: readonly [string, string]
  rounds?: number
  seconds?: number
}

/**
 * Asks one after the other, without load: it is the work for one answer that must not grow. Small and
 * large follow each other in rounds, and are set against each other within a round.
 */
export async function growth(plan: Plan): Promise<Table> {
  const { kinds, sizes, rounds = 5, seconds = 1.5 } = plan
  const counters = new Map<string, number>()
  const run = async (kind: Kind, size: 'small' | 'large', duration: number) => {
    const { port, requests } = kind[size]
    const key = `${kind.name} ${size}`
    const from = counters.get(key) ?? 0
    const driven = await drive(port, (n) => requests(from + n), duration, 1)
    counters.set(key, from + driven.total + 1)
    return driven
  }
  const rows: Row[] = []
  for (const kind of kinds) {
    for (const size of ['small', 'large'] as const) await run(kind, size, 1)
    const small: Driven[] = []
    const large: Driven[] = []
    for (let round = 0; round < rounds; round++)
      for (const size of round % 2 ? (['large', 'small'] as const) : (['small', 'large'] as const))
        (size === 'small' ? small : large).push(await run(kind, size, seconds))
    const ratios = large.map((it, at) => it.p99 / (small[at]?.p99 ?? Number.NaN))
    const middle = ratios.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN
    rows.push({
      request: kind.name,
      [`p50 ms, ${sizes[0]}`]: spread(small.map((it) => it.p50)),
      [`p50 ms, ${sizes[1]}`]: spread(large.map((it) => it.p50)),
      [`p99 ms, ${sizes[0]}`]: spread(small.map((it) => it.p99)),
      [`p99 ms, ${sizes[1]}`]: spread(large.map((it) => it.p99)),
      'p99, times': spread(ratios),
      'at most': `${kind.most}: ${middle <= kind.most ? 'met' : 'not met'}`,
    })
  }
  return {
    name: plan.name,
    title: plan.title,
    rows,
    notes: [
      `Median (least–most) of ${rounds} rounds of ${seconds} s each, one connection, no other load; ratios are within a round. No answer came from the store: every request is for another host name.`,
      'One PostgreSQL with 4 GB of shared buffers, everything warm, for both sizes.',
      ...plan.notes,
    ],
  }
}
