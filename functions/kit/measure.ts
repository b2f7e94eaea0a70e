import type { Invoked } from '../../shared/runtime/invoke.ts'

/** Milliseconds, where nothing else is said. */
export type Times = {
  /** To load the function. */
  init: number
  rssMb: number
  calls: number
  concurrency: number
  p50: number
  p95: number
  p99: number
  perSecond: number
  statuses: Record<string, number>
}

/** Calls `repeat` times, `concurrency` at once; gives the last answer, and the worst if one failed. */
export async function measure(
  call: () => Promise<Invoked>,
  { repeat, concurrency, init }: { repeat: number; concurrency: number; init: number },
): Promise<{ answer: Invoked; times: Times }> {
  const took: number[] = []
  const statuses: Record<string, number> = {}
  let answer: Invoked | undefined
  let left = repeat
  const started = performance.now()
  const run = async () => {
    while (left-- > 0) {
      const mine = await call()
      took.push(mine.ms)
      statuses[mine.status] = (statuses[mine.status] ?? 0) + 1
      if (!answer || mine.status >= answer.status) answer = mine
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, repeat) }, run))
  if (!answer) throw new Error('nothing was called')
  const seconds = (performance.now() - started) / 1000
  took.sort((a, b) => a - b)
  const at = (share: number) => round(took[Math.ceil(took.length * share) - 1] ?? 0)
  const times: Times = {
    init: round(init),
    rssMb: Math.round(process.memoryUsage.rss() / 1024 / 1024),
    calls: repeat,
    concurrency,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    perSecond: Math.round(repeat / seconds),
    statuses,
  }
  return { answer, times }
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
