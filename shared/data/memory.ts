/** Entries kept by bytes, the least recently used go first. */
export function boundedMemory<Value>(maxBytes: number, maxEntryBytes: number) {
  const entries = new Map<string, { value: Value; bytes: number; until: number }>()
  let total = 0

  return {
    get(key: string): Value | undefined {
      const entry = entries.get(key)
      if (!entry) return undefined
      if (entry.until <= Date.now()) {
        remove(key)
        return undefined
      }
      // A Map keeps the order of insertion; the last in is the last to go.
      entries.delete(key)
      entries.set(key, entry)
      return entry.value
    },
    /** `bytes` of payload; larger ones than an entry may have are not kept. */
    set(key: string, value: Value, bytes: number, ttlSeconds: number): void {
      remove(key)
      const size = bytes + key.length * 2 + 500
      if (size > maxEntryBytes) return
      entries.set(key, { value, bytes: size, until: Date.now() + ttlSeconds * 1000 })
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

  function remove(key: string) {
    const entry = entries.get(key)
    if (!entry) return
    entries.delete(key)
    total -= entry.bytes
  }
}
