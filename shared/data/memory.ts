/** Keys that were refused lately, by their hashes: 64 KB. */
const REMEMBERED = 16_384

/**
 * Entries kept by bytes, the least recently used go first. What is asked for once, as by somebody who
 * walks through all pages, drives nothing out: once it is full, only what is set a second time is kept.
 */
export function boundedMemory<Value>(maxBytes: number, maxEntryBytes: number) {
  const entries = new Map<string, { value: Value; bytes: number; until: number; at: number }>()
  const refused = new Uint32Array(REMEMBERED)
  let total = 0
  /** How often an entry was put last. */
  let steps = 0

  return {
    get(key: string): Value | undefined {
      const entry = entries.get(key)
      if (!entry) return undefined
      if (entry.until <= Date.now()) {
        remove(key)
        return undefined
      }
      // A Map keeps the order of insertion; the last in is the last to go. Who is among the later half
      // stays where it is: each move leaves memory behind that is long in being collected.
      if (steps - entry.at > entries.size / 2) {
        entries.delete(key)
        entries.set(key, entry)
        entry.at = ++steps
      }
      return entry.value
    },
    /** `bytes` of payload; larger ones than an entry may have are not kept. `make` gives what is. */
    set(key: string, make: () => Value, bytes: number, ttlSeconds: number): void {
      remove(key)
      const size = bytes + key.length * 2 + 500
      if (size > maxEntryBytes) return
      const now = Date.now()
      for (const [oldest, { until }] of entries) {
        if (until > now) break
        remove(oldest)
      }
      if (total + size > maxBytes && !isKnown(key)) return
      entries.set(key, { value: make(), bytes: size, until: now + ttlSeconds * 1000, at: ++steps })
      total += size
      for (const oldest of entries.keys()) {
        if (total <= maxBytes) break
        remove(oldest)
      }
    },
    /** Removes the entry if it still is this one. */
    drop(key: string, value: Value): void {
      if (entries.get(key)?.value === value) remove(key)
    },
    clear(): void {
      entries.clear()
      total = 0
    },
    size: () => ({ entries: entries.size, bytes: total }),
  }

  /** Whether it was refused lately; from now on it was. */
  function isKnown(key: string): boolean {
    const hash = hashOf(key)
    const at = hash % REMEMBERED
    if (refused[at] === hash) return true
    refused[at] = hash
    return false
  }

  function remove(key: string) {
    const entry = entries.get(key)
    if (!entry) return
    entries.delete(key)
    total -= entry.bytes
  }
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
