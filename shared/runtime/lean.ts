/**
 * What our processes give Node, here and in the images (docs/performance.md). Garbage younger than
 * three times the nursery's MB is collected at once: 12 MB, where by itself Node lets 48 gather. And
 * with a heap of 256 MB at most, where a service's live one has 13, V8 is less patient with what is
 * older: its patience grows with its limit, which by itself it takes from the size of the machine.
 */
export function lean(nurseryMb = 4): readonly string[] {
  return [`--max-semi-space-size=${nurseryMb}`, '--max-old-space-size=256']
}
