import { lookup, resolveSrv } from 'node:dns/promises'
import { isIP } from 'node:net'
import { log } from '../shared/runtime/log.ts'
import type { Resolver } from './resolver.ts'

const FRESH_MS = 5_000

type Known = { urls: readonly string[]; at: number; asking: Promise<void> | undefined }

/**
 * Instances by DNS, as in Compose, Swarm and Kubernetes: the host of `SERVICE_<NAME>_URL` (else the
 * service's name, with its usual port) is looked up every 5 s, each address an instance. A host that
 * begins with `_` (`_http._tcp.product.shop.svc`) is asked for SRV records, which bring ports too.
 */
export function dnsResolver(urlsOf: (service: string) => string[]): Resolver {
  const lists = new Map<string, Known>()
  let lost = false

  return {
    async endpoints(service) {
      const known = lists.get(service) ?? { urls: [], at: -FRESH_MS, asking: undefined }
      lists.set(service, known)
      const isStale = performance.now() - known.at >= FRESH_MS
      if (isStale) known.asking ??= refresh(service, known)
      if (known.urls.length === 0) await known.asking
      return known.urls
    },
    state: () => (lost ? 'lost' : 'connected'),
    close: () => lists.clear(),
  }

  async function refresh(service: string, known: Known) {
    try {
      const found = await Promise.all(urlsOf(service).map((url) => ask(service, new URL(url))))
      const urls = [...new Set(found.flat())].sort()
      if (urls.join() !== known.urls.join()) known.urls = urls
      lost = false
    } catch (error) {
      lost = true
      log.warn('name not resolved, going on with what is known', { target: service, error })
    }
    known.at = performance.now()
    known.asking = undefined
  }
}

async function ask(service: string, url: URL): Promise<string[]> {
  const host = isIP(url.hostname) || url.hostname === 'localhost' ? service : url.hostname
  if (host.startsWith('_')) {
    const records = await resolveSrv(host)
    const found = await Promise.all(
      records.map(async ({ name, port }) => addresses(name, url.protocol, String(port))),
    )
    return found.flat()
  }
  return addresses(host, url.protocol, url.port)
}

async function addresses(host: string, protocol: string, port: string): Promise<string[]> {
  const found = await lookup(host, { all: true })
  return found.map(({ address, family }) => {
    const name = family === 6 ? `[${address}]` : address
    return `${protocol}//${name}${port ? `:${port}` : ''}`
  })
}
