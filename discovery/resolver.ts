import { settings } from '../shared/runtime/settings.ts'
import { type ConsulState, consulResolver } from './resolve-consul.ts'
import { dnsResolver } from './resolve-dns.ts'

/** Where the instances of a service are. */
export type Resolver = {
  /**
   * Base URLs of the instances thought to be healthy; the same array until the list changes. Never
   * rejects: what cannot be learnt anew is answered from what was last known.
   */
  endpoints(service: string): Promise<readonly string[]>
  /** `static` knows without asking; `lost` goes on with the last known list. */
  state(): 'static' | ConsulState
  close(): void
}

let current: Resolver | undefined

/** The resolver that `DISCOVERY` chooses, one for this process. */
export function resolver(): Resolver {
  current ??= open()
  return current
}

/** From now on instances are found by this one; for tests and tools. */
export function useResolver(next: Resolver): void {
  current?.close()
  current = next
}

/** Ends watches, so that the process can end; the next call opens anew. */
export function closeResolver(): void {
  current?.close()
  current = undefined
}

function open(): Resolver {
  const { discovery, consul } = settings()
  if (discovery === 'dns') return dnsResolver((service) => settings().serviceUrls(service))
  if (discovery === 'consul' && consul)
    return consulResolver({ ...consul, fallback: (service) => settings().serviceUrls(service) })
  return staticResolver()
}

/** `SERVICE_<NAME>_URL`; read at every call, which costs nothing and follows changed settings. */
function staticResolver(): Resolver {
  const lists = new Map<string, readonly string[]>()
  return {
    async endpoints(service) {
      const urls = settings().serviceUrls(service)
      const known = lists.get(service)
      if (known && known.join() === urls.join()) return known
      lists.set(service, urls)
      return urls
    },
    state: () => 'static',
    close: () => undefined,
  }
}
