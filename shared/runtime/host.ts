import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { fault } from '../http/errors.ts'
import { answerer } from './answer.ts'
import { connectionsOf, cutSlowReaders } from './connections.ts'
import { drain } from './drain.ts'
import { places } from './fast.ts'
import { listen } from './gather.ts'
import { log } from './log.ts'
import { meter } from './metrics.ts'
import { pressure } from './pressure.ts'
import { numbers } from './probes.ts'
import { recentCalls } from './recent.ts'
import { routeTable } from './routes.ts'
import { settings } from './settings.ts'
import { takeShortcut } from './shortcut.ts'
import { defaultLimits, type HostOptions, type State } from './state.ts'
import { askedOverHttp, outletOverHttp } from './transport.ts'
import { refuseUnreadable } from './unreadable.ts'

export type { HostOptions } from './state.ts'

export type Host = {
  port: number
  address: string
  server: Server
  /** Resolves when `ready` has. */
  ready: Promise<void>
  /** Leaves, serves on, lets calls in flight end, stops; the same drain however often it is asked for. */
  drain(): Promise<void>
}

/** Traefik keeps idle connections for 90 s; closing earlier than it would answer some calls 502. */
const KEEP_ALIVE = 95_000

/**
 * Connections that wait to be taken, as far as the kernel lets them: one that it drops for want of room
 * comes again only after a second, when others have long been answered.
 */
const BACKLOG = 4096

/** Serves all endpoints of these services over HTTP, from this process' event loop. */
export async function startHost(options: HostOptions): Promise<Host> {
  const state = stateOf(options)
  listen(() => numbers(state))
  const server = createServer({
    keepAlive: true,
    noDelay: true,
    keepAliveTimeout: KEEP_ALIVE,
    headersTimeout: state.limits.headersMs,
    requestTimeout: state.limits.requestMs,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 16 * 1024,
    // Missing ones are refused by the host itself, as problem documents.
    requireHostHeader: false,
    // A request to change the protocol is answered in the one that it came by.
    shouldUpgradeCallback: () => false,
  })
  const answer = answerer(state)
  const shortcut = takeShortcut(server, {
    answer,
    firstMs: state.limits.headersMs,
    nextMs: KEEP_ALIVE,
  })
  const connections = connectionsOf(server)
  const stopCutting = cutSlowReaders(connections, state.limits)
  server.on('request', (request, response) =>
    answer(askedOverHttp(request), outletOverHttp(response)),
  )
  server.on('checkContinue', (request, response) =>
    answer(askedOverHttp(request), outletOverHttp(response), true),
  )
  server.on('clientError', refuseUnreadable)
  server.on('connect', (_request, socket: Socket) =>
    refuseUnreadable(
      fault('method_not_allowed', undefined, { headers: { allow: 'GET, HEAD' } }),
      socket,
    ),
  )
  server.listen({ port: options.port, host: options.address, backlog: BACKLOG })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve).once('error', reject)
  })
  const at = server.address() as AddressInfo
  state.port = at.port
  const ready = becomeReady(state)
  let drained: Promise<void> | undefined
  return {
    port: at.port,
    address: at.address,
    server,
    ready,
    drain() {
      drained ??= drain(state, server, { connections, shortcut }).finally(stopCutting)
      return drained
    },
  }
}

function stateOf(options: HostOptions): State {
  const table = routeTable(options.services)
  const limits = { ...defaultLimits, ...options.limits }
  const debug = options.debug ?? settings().debug
  const names = options.services.map((it) => it.name).join('+')
  return {
    options,
    limits,
    table,
    meters: new Map(table.routes.map((route) => [route, meter()])),
    unrouted: meter(),
    pressure: pressure(limits),
    places: places(),
    proxies: options.trustedProxies ?? settings().trustedProxies,
    cors: settings().allowedOrigins.length > 0,
    debug,
    recent: debug ? recentCalls() : undefined,
    servedBy: `${names}-${options.instance ?? process.pid}`,
    port: options.port,
    ready: false,
    draining: false,
    storedHits: 0,
    storedMisses: 0,
  }
}

/** Tries until it works once: the database may start later than we do. */
async function becomeReady(state: State): Promise<void> {
  for (let wait = 200; !state.draining; wait = Math.min(wait * 2, 5000)) {
    try {
      await state.options.ready?.()
      state.ready = true
      return
    } catch (error) {
      log.warn('not ready yet', { error, retry_ms: wait })
      await pause(wait, undefined, { ref: false })
    }
  }
}
