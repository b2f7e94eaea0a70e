/**
 * What our processes give Node, here and in the images (docs/performance.md). Garbage younger than
 * 12 MB in all is collected at once; by itself Node lets 48 MB gather. And with a heap of 256 MB at
 * most, where a service's live one has 13, V8 is less patient with what is older: its patience grows
 * with its limit, which by itself it takes from the size of the machine.
 */
export const LEAN: readonly string[] = ['--max-semi-space-size=4', '--max-old-space-size=256']
