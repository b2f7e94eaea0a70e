/** What a service wants of memory otherwise than the others; the images say the same. */
export type Memory = {
  /** MB of V8's nursery, by itself 4; more where answers are large and many calls under way: half of it is theirs. */
  nurseryMb?: number
  /**
   * Arenas of the C library (glibc's `MALLOC_ARENA_MAX`), by itself one a thread. Few where threads take
   * much and give it back, as each arena keeps what its threads have taken.
   */
  arenas?: number
}

/**
 * What our processes give Node, here and in the images (docs/performance.md). Garbage younger than
 * three times the nursery's MB is collected at once: 12 MB, where by itself Node lets 48 gather. And
 * with a heap of 256 MB at most, where a service's live one has 13, V8 is less patient with what is
 * older: its patience grows with its limit, which by itself it takes from the size of the machine.
 */
export function lean({ nurseryMb = 4, arenas }: Memory = {}): {
  flags: readonly string[]
  env: Record<string, string>
} {
  return {
    flags: [`--max-semi-space-size=${nurseryMb}`, '--max-old-space-size=256'],
    env: arenas === undefined ? {} : { MALLOC_ARENA_MAX: String(arenas) },
  }
}
