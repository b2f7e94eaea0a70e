type Message = { topic: string; data: unknown }

const channel =
  globalThis.window && 'BroadcastChannel' in window ? new BroadcastChannel('souk') : undefined

/** Tells the other tabs of this shop. */
export function tell(topic: string, data: unknown): void {
  channel?.postMessage({ topic, data } satisfies Message)
}

/** Hears what other tabs tell. */
export function hear<T>(topic: string, listener: (data: T) => void): void {
  channel?.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.topic === topic) listener(data.data as T)
  })
}

/** Small facts that are no secrets, kept over visits: flags, counts, choices. Never a token. */
export const keep = {
  get(name: string): string | null {
    try {
      return localStorage.getItem(`souk.${name}`)
    } catch {
      return null
    }
  },
  set(name: string, value: string | undefined): void {
    try {
      if (value === undefined) localStorage.removeItem(`souk.${name}`)
      else localStorage.setItem(`souk.${name}`, value)
    } catch {
      // A browser that keeps nothing still shops.
    }
  },
}
