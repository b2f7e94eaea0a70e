import { settings } from '../runtime/settings.ts'
import type { Contract } from './contract.ts'

/** What lets a page of another origin read an answer: only origins listed in `ALLOWED_ORIGINS`. */
export function corsHeaders(
  contract: Pick<Contract, 'credentials'>,
  origin: string | undefined,
): Record<string, string> {
  const allowed = settings().allowedOrigins
  if (allowed.length === 0) return {}
  if (origin === undefined || !allowed.includes(origin)) return { vary: 'Origin' }
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'ETag, Location, Retry-After, X-Request-Id',
    'cross-origin-resource-policy': 'cross-origin',
    vary: 'Origin',
    ...(contract.credentials ? { 'access-control-allow-credentials': 'true' } : {}),
  }
}

/** The answer's headers to a preflight for `method`, or undefined when the origin is not allowed. */
export function preflightHeaders(
  contract: Pick<Contract, 'credentials'>,
  origin: string | undefined,
  methods: readonly string[],
): Record<string, string> | undefined {
  const headers = corsHeaders(contract, origin)
  if (!('access-control-allow-origin' in headers)) return undefined
  return {
    ...headers,
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers':
      'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id',
    'access-control-max-age': '600',
  }
}
