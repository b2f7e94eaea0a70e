import { limiter } from '../data/cache.ts'
import type { Contract, Request } from './contract.ts'
import { fault } from './errors.ts'

/** Counts a call against the contract's limits per address. Fails with `rate_limited`. */
export async function throttle(contract: Contract, request: Request): Promise<void> {
  for (const rule of contract.throttle ?? []) {
    if (rule.by !== 'address') continue
    const key = `${contract.name}:${addressBlock(request.address)}`
    const { allowed, retryAfter } = await limiter(contract.service).hit(
      key,
      rule.limit,
      rule.seconds,
    )
    if (!allowed)
      throw fault('rate_limited', `Try again in ${retryAfter} seconds`, {
        headers: { 'retry-after': String(retryAfter) },
      })
  }
}

/** What one client can hold: an IPv4 address, or the /64 of an IPv6 address. */
export function addressBlock(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped) return mapped
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter(Boolean)
  if (tail !== undefined) {
    const last = tail.split(':').filter(Boolean)
    while (groups.length + last.length < 8) groups.push('0')
    groups.push(...last)
  }
  return `${groups.slice(0, 4).join(':')}::/64`
}
