import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import Consul from 'consul'
import type { RegisterOptions } from 'consul/lib/agent/service.js'
import * as z from 'zod'
import { log } from '../shared/runtime/log.ts'
import { settings } from '../shared/runtime/settings.ts'

export type Registration = {
  service: string
  port: number
  /** The same for every instance of a service: Traefik drops a service whose tags disagree. */
  tags: readonly string[]
  /** Facts of this instance alone. */
  meta?: Record<string, string>
  /** As seen from others; else this machine's end of a connection to Consul. */
  address?: string
  /** Milliseconds between looks whether Consul still knows us, at the least; 10,000. */
  everyMs?: number
}

/** Leaves discovery; resolves when Consul knows, at the latest after two seconds. Never rejects. */
export type Leave = () => Promise<void>

const CALL_MS = 900
const Listed = z.record(z.string(), z.looseObject({ Address: z.string(), Port: z.int() }))

/**
 * Registers this process, which must be ready, in Consul with an HTTP check on `/readyz`, and again
 * whenever Consul has forgotten it. Returns at once: a service that Consul does not know yet still serves.
 */
export function register(registration: Registration): Leave {
  const { consul } = settings()
  if (!consul) throw new Error('CONSUL_HTTP_ADDR is not set')
  const { address, token } = consul
  const url = new URL(address.includes('://') ? address : `http://${address}`)
  const secure = url.protocol === 'https:'
  const place = { host: bare(url.hostname), port: Number(url.port) || (secure ? 443 : 8500) }
  // No `defaults.timeout`: it would be every later call's, and the types do not know it.
  const api = new Consul({ ...place, secure, ...(token ? { defaults: { token } } : {}) })
  const id = `${registration.service}-${hostname()}-${randomBytes(4).toString('hex')}`
  const started = new Date().toISOString()
  const stop = new AbortController()
  const kept = keep()

  return async () => {
    stop.abort()
    await kept
    try {
      await api.agent.service.deregister(timed({ id }))
    } catch (error) {
      if (!isUnknown(error)) log.warn('could not leave discovery', { error })
    }
    api.destroy()
  }

  async function keep(): Promise<void> {
    const { everyMs = 10_000 } = registration
    let failures = 0
    while (!stop.signal.aborted) {
      try {
        if (!(await isKnown())) {
          await enter()
          log.info('registered', { id })
        }
        failures = 0
      } catch (error) {
        if (failures++ === 0) log.warn('could not register, trying on', { id, error })
      }
      const most = failures > 0 ? Math.min(200 * 2 ** failures, everyMs) : everyMs * 1.5
      const wait = failures > 0 ? most * (0.5 + Math.random() / 2) : everyMs + randomUpTo(most)
      await sleep(wait, undefined, { signal: stop.signal, ref: false }).catch(() => undefined)
    }
    function randomUpTo(longest: number) {
      return Math.random() * (longest - everyMs)
    }
  }

  async function isKnown(): Promise<boolean> {
    const listed = Listed.parse(await api.agent.service.list(timed({ filter: `ID == "${id}"` })))
    return Object.hasOwn(listed, id)
  }

  async function enter(): Promise<void> {
    const own = registration.address ?? (await localAddress(place))
    const host = own.includes(':') ? `[${own}]` : own
    const options: RegisterOptions = {
      id,
      name: registration.service,
      address: own,
      port: registration.port,
      tags: [...registration.tags],
      meta: { started, ...registration.meta },
      check: {
        name: 'readyz',
        http: `http://${host}:${registration.port}/readyz`,
        interval: '5s',
        timeout: '2s',
        // Who registers is ready; else nobody would know it before Consul's first look, up to 5 s later.
        status: 'passing',
        deregistercriticalserviceafter: '3m',
      },
    }
    await api.agent.service.register(timed(options))
    await forgetPredecessors(own)
  }

  /**
   * Who was killed had no time to leave. A container that is started again has its address, so that
   * Consul would take the dead one for well, and keep it when we leave.
   */
  async function forgetPredecessors(own: string): Promise<void> {
    const filter = `Service == "${registration.service}"`
    const listed = Listed.parse(await api.agent.service.list(timed({ filter })))
    for (const [other, { Address, Port }] of Object.entries(listed))
      if (other !== id && Address === own && Port === registration.port)
        await api.agent.service.deregister(timed({ id: other }))
  }
}

/** Adds a time limit, which the library takes and its types do not know. */
function timed<T>(options: T): T & { timeout: number } {
  return { ...options, timeout: CALL_MS }
}

/** Consul 1.8 answers 200 for an id it does not know, later ones 404 or 500 with these words. */
function isUnknown(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (
    ('statusCode' in error && error.statusCode === 404) || /unknown service/i.test(error.message)
  )
}

/** This machine's address on the network where Consul is; names may resolve to another network's. */
function localAddress(consul: { host: string; port: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...consul, timeout: CALL_MS }, () => {
      resolve((socket.localAddress ?? '127.0.0.1').replace(/^::ffff:(?=\d+\.)/, ''))
      socket.destroy()
    })
    socket.on('timeout', () => socket.destroy(new Error('Consul did not answer in time')))
    socket.on('error', reject)
  })
}

/** URLs have IPv6 addresses in brackets, sockets take them without. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}
