import { createPublicKey, type KeyObject } from 'node:crypto'
import * as z from 'zod'
import { fault } from '../shared/http/errors.ts'
import { sealed } from '../shared/http/secrets.ts'
import type { KeySource } from '../shared/http/tokens.ts'
import { log } from '../shared/runtime/log.ts'
import { settings } from '../shared/runtime/settings.ts'
import { resolver } from './resolver.ts'

/** Milliseconds. */
export type Pace = {
  /** Between looks at the key set; the auth service publishes a key two of these before it signs. */
  refresh: number
  /** Between looks that a token with an unknown key may cause. */
  unknown: number
  /** After a look in vain, while there is no key set at all. */
  retry: number
  /** For the answer of one instance. */
  answer: number
}

const PACE: Pace = { refresh: 300_000, unknown: 30_000, retry: 1_000, answer: 800 }
const MOST_BYTES = 65_536
const MOST_INSTANCES = 3

const Jwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string().regex(/^[\w-]{1,64}$/),
})
const KeySet = z.object({ keys: z.array(Jwk).min(1).max(20) })

/**
 * Public keys from the auth service, looked at again in the background. Only a set with a MAC under
 * `SECRET_KEY` counts: whoever can register a service, or answer in its place, cannot make tokens.
 * The last good set stays for ever. Fails with `unavailable` while there has been none.
 */
export function remoteKeys(caller: string, given: Partial<Pace> = {}): KeySource {
  const pace = { ...PACE, ...given }
  let keys: ReadonlyMap<string, KeyObject> | undefined
  let looking: Promise<void> | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  let askedForUnknownAt = Number.NEGATIVE_INFINITY
  let isWatching = false

  /** One look at a time; all who want one wait for it. */
  function look(): Promise<void> {
    looking ??= fetchKeys(pace.answer)
      .then((found) => {
        keys = found
      })
      .catch((error: unknown) => {
        const rest = keys ? 'going on with the last' : 'there is none yet'
        log.warn(`the key set could not be had; ${rest}`, { caller, error })
      })
      .finally(() => {
        looking = undefined
        lookedAt = performance.now()
      })
    watch()
    return looking
  }

  function watch(): void {
    if (isWatching) return
    isWatching = true
    // Spread, so that instances started at once do not ask at once for ever.
    setInterval(look, pace.refresh * (0.9 + Math.random() * 0.1)).unref()
  }

  return async (kid) => {
    const now = performance.now()
    if (!keys && (looking || now - lookedAt >= pace.retry)) await look()
    if (!keys) throw fault('unavailable', 'Sign-ins cannot be checked at the moment')
    if (!keys.has(kid) && (looking || now - askedForUnknownAt >= pace.unknown)) {
      if (!looking) askedForUnknownAt = now
      await look()
    }
    return keys.get(kid)
  }
}

/** The first good key set of a few instances, in any order. */
async function fetchKeys(milliseconds: number): Promise<ReadonlyMap<string, KeyObject>> {
  const urls = [...(await resolver().endpoints('auth'))]
  for (let at = urls.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1))
    ;[urls[at], urls[other]] = [urls[other] ?? '', urls[at] ?? '']
  }
  let reason: unknown = new Error('no instance of auth is known')
  for (const url of urls.slice(0, MOST_INSTANCES)) {
    try {
      return await fetchFrom(url, milliseconds)
    } catch (error) {
      reason = error
    }
  }
  throw reason
}

async function fetchFrom(url: string, milliseconds: number) {
  // Half of a bundle: loaded with the first fetch, not with the function.
  const undici = await import('undici')
  const agent = new undici.default.Agent({
    connect: { timeout: milliseconds },
    maxResponseSize: MOST_BYTES,
  })
  try {
    const response = await agent.request({
      origin: new URL(url).origin,
      path: '/.well-known/jwks.json',
      method: 'GET',
      headers: { accept: 'application/json', host: allowedHost() ?? new URL(url).host },
      signal: AbortSignal.timeout(milliseconds),
    })
    const text = await response.body.text()
    const mac = response.headers['souk-key-set-mac']
    if (response.statusCode !== 200) throw new Error(`auth answered ${response.statusCode}`)
    if (typeof mac !== 'string' || !sealed('key-set', text, mac))
      throw new Error('a key set came without the MAC of this system')
    const { keys } = KeySet.parse(JSON.parse(text))
    return new Map(keys.map(({ kid, ...key }) => [kid, createPublicKey({ key, format: 'jwk' })]))
  } finally {
    await agent.destroy()
  }
}

/** A name that the auth service answers to; the address it is reached at need not be one. */
function allowedHost(): string | undefined {
  const rule = settings().allowedHosts.find((it) => it !== '*')
  return rule?.startsWith('.') ? `www${rule}` : rule
}
