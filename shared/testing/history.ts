/**
 * What became of an operation as its caller knows it. `unknown`: no answer came, or one that leaves
 * open whether it was done; then it may be done, not done, or be done later.
 */
export type Outcome = 'ok' | 'fail' | 'unknown'

export type Entry = {
  op: 'add' | 'write' | 'read'
  /** What it was about: a line, a register, a set. */
  key: string
  /** Attempts of one idempotent operation share it. */
  id?: string
  /** How much was added; what was written or read. */
  value?: number
  /** Milliseconds on one clock. */
  start: number
  end: number
  outcome: Outcome
}

export type Recorder = {
  entries: Entry[]
  /** Does `work` and keeps when it began and ended, and what `work` says of it; an error is unknown. */
  run(
    entry: Pick<Entry, 'op' | 'key' | 'id' | 'value'>,
    work: () => Promise<{ outcome: Outcome; value?: number | undefined }>,
  ): Promise<Outcome>
}

export function recorder(): Recorder {
  const entries: Entry[] = []
  return {
    entries,
    async run(entry, work) {
      const start = performance.now()
      let outcome: Outcome = 'unknown'
      let { value } = entry
      try {
        const done = await work()
        outcome = done.outcome
        value = done.value ?? value
      } catch {
        // No answer came: that is what unknown means.
      }
      const known = value === undefined ? {} : { value }
      entries.push({ ...entry, ...known, start, end: performance.now(), outcome })
      return outcome
    },
  }
}

/** An answer's status as an outcome: what the service refused was not done, what broke may be. */
export function outcomeOf(status: number): Outcome {
  if (status < 300) return 'ok'
  return status < 500 ? 'fail' : 'unknown'
}

/** All attempts of one operation as one: done once any was answered well, open while any is. */
function operations(history: readonly Entry[]): Entry[] {
  const whole = new Map<string, Entry>()
  const single: Entry[] = []
  for (const entry of history) {
    if (entry.op === 'read') continue
    if (entry.id === undefined) {
      single.push(entry)
      continue
    }
    const before = whole.get(entry.id)
    const outcomes = [before?.outcome, entry.outcome]
    const outcome = (['ok', 'unknown', 'fail'] as const).find((it) => outcomes.includes(it))
    whole.set(entry.id, { ...entry, outcome: outcome ?? 'unknown' })
  }
  return [...single, ...whole.values()]
}

/**
 * What is wrong with sums after adds: what was acknowledged must be in them, what was refused must
 * not, what is unknown may. `stored` is the sum by key.
 */
export function sumFaults(
  history: readonly Entry[],
  stored: ReadonlyMap<string, number>,
): string[] {
  const bounds = new Map<string, { least: number; most: number }>()
  for (const { key, value = 1, outcome } of operations(history)) {
    const bound = bounds.get(key) ?? { least: 0, most: 0 }
    if (outcome === 'ok') bound.least += value
    if (outcome !== 'fail') bound.most += value
    bounds.set(key, bound)
  }
  const faults: string[] = []
  for (const key of new Set([...bounds.keys(), ...stored.keys()])) {
    const { least, most } = bounds.get(key) ?? { least: 0, most: 0 }
    const found = stored.get(key) ?? 0
    if (found < least) faults.push(`${key}: ${least} acknowledged, ${found} stored: lost`)
    if (found > most) faults.push(`${key}: at most ${most} can be, ${found} stored: applied twice`)
  }
  return faults
}

/** What is wrong with single effects: `stored` holds the id of every one found, as often as found. */
export function effectFaults(history: readonly Entry[], stored: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const id of stored) counts.set(id, (counts.get(id) ?? 0) + 1)
  const faults: string[] = []
  const known = new Set<string>()
  for (const { id = '', outcome } of operations(history)) {
    known.add(id)
    const found = counts.get(id) ?? 0
    if (outcome === 'ok' && found === 0) faults.push(`${id}: acknowledged and lost`)
    if (outcome === 'fail' && found > 0) faults.push(`${id}: refused and stored`)
    if (found > 1) faults.push(`${id}: stored ${found} times`)
  }
  for (const id of counts.keys()) if (!known.has(id)) faults.push(`${id}: stored and never sent`)
  return faults
}

/**
 * What is wrong with reads of registers that one writer each writes ever greater values to: a read
 * older than the last write acknowledged before it began, older than what an earlier read saw, or
 * newer than anything sent.
 */
export function readFaults(history: readonly Entry[]): string[] {
  const faults: string[] = []
  for (const key of new Set(history.map((it) => it.key))) {
    const of = history.filter((it) => it.key === key)
    const writes = of.filter((it) => it.op === 'write')
    const reads = of.filter((it) => it.op === 'read' && it.outcome === 'ok')
    const acknowledged = greatest(
      writes.filter((it) => it.outcome === 'ok'),
      'end',
    )
    const sent = greatest(
      writes.filter((it) => it.outcome !== 'fail'),
      'start',
    )
    const seen = greatest(reads, 'end')
    for (const { value = 0, start, end } of reads) {
      if (value < acknowledged(start))
        faults.push(`${key}: read ${value} after ${acknowledged(start)} was acknowledged`)
      else if (value < seen(start))
        faults.push(`${key}: read ${value} after ${seen(start)} was read`)
      if (value > Math.max(0, sent(end)))
        faults.push(`${key}: read ${value}, which nobody wrote yet`)
    }
  }
  return faults
}

/** The greatest value among entries that began or ended before a time; 0 when there is none. */
function greatest(entries: readonly Entry[], by: 'start' | 'end'): (time: number) => number {
  const sorted = entries.toSorted((a, b) => a[by] - b[by])
  const times = sorted.map((it) => it[by])
  let most = 0
  const values = sorted.map((it) => {
    most = Math.max(most, it.value ?? 0)
    return most
  })
  return (time) => {
    let [low, high] = [0, times.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((times[middle] ?? 0) < time) low = middle + 1
      else high = middle
    }
    return values[low - 1] ?? 0
  }
}
