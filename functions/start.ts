import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { database } from '../shared/data/postgres.ts'
import { gatewayTable } from '../shared/derive/gateway.ts'
import { type Group, type Supervisor, supervise, type Timing } from '../shared/runtime/supervise.ts'
import { buildWhatChanged } from './build.ts'
import { services } from './catalog.ts'
import { loadDemo } from './demo.ts'
import { announce, HOME, openLocal, type SignIns } from './local.ts'

export type StartOptions = {
  /** Port of the gateway and the storefront. */
  port: number
  /** First of the services' ports; each keeps its distance to it. */
  servicesFrom: number
}

/** How the processes come to be: built once, unless said otherwise. */
export type How = {
  build: () => Promise<unknown>
  group: (group: Group) => Group
  environment: Record<string, string>
  timing: Partial<Timing>
  /** Called when all are ready; what it returns, when the end has come. */
  started: (supervisor: Supervisor, environment: Record<string, string>) => () => Promise<void>
}

const once: How = {
  build: () => buildWhatChanged(root),
  group: (group) => group,
  environment: {},
  timing: {},
  started: () => async () => {},
}

const root = join(import.meta.dirname, '..')
const START_MS = 60_000

/**
 * Runs everything on this machine: PostgreSQL, the services as processes of their own, the gateway
 * with the storefront; demo data on the first start. Returns when it has been told to stop.
 */
export async function start(options: StartOptions, how: How = once): Promise<void> {
  const began = performance.now()
  const first = Math.min(...services.map((it) => it.port))
  const ports = new Map(services.map((it) => [it.name, it.port - first + options.servicesFrom]))
  await checkPorts(options, ports)
  const progress = progressLine()
  progress.say('Starting PostgreSQL and building what changed')
  const [local] = await Promise.all([openLocal(services, ports, progress.say), how.build()])
  Object.assign(local.environment, how.environment)
  const removeNote = announce(local.environment)
  let told = false
  const untilTold = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (told) return
        told = true
        progress.end()
        console.log('\n  Closing the shop …')
        resolve()
      })
  })
  let lastWords = ''
  const group = (name: string, module: string, env: Record<string, string>): Group => ({
    name,
    module: join(root, 'dist', name, module),
    env: { ...local.environment, ...env },
    workers: name === 'gateway' ? 1 : Number(process.env.WORKERS ?? 1),
    output: (text) => {
      lastWords = `${lastWords}${text}`.slice(-2000)
    },
  })
  const groups = [
    ...services.map(({ name, memory }) => ({
      ...group(name, 'host.mjs', { PORT: String(ports.get(name)) }),
      memory,
    })),
    group('gateway', 'main.mjs', {
      PORT: String(options.port),
      GATEWAY_ROUTES: JSON.stringify(gatewayTable(services)),
    }),
  ]
  const supervisor = supervise(groups.map(how.group), how.timing)
  let finish = async () => {}
  try {
    progress.say('Starting the services')
    const late = pause(START_MS, undefined, { ref: false }).then(() => {
      throw new Error(`The services did not become ready. They said last:\n${lastWords}`)
    })
    await Promise.race([supervisor.ready, untilTold, late])
    if (!told && !existsSync(join(HOME, 'seeded'))) {
      Object.assign(process.env, local.environment)
      await loadDemo(local.signIns, ports, progress.say)
      // Left open they would only be heard of again when PostgreSQL stops.
      await Promise.all(services.map((it) => database(it.name).close()))
      writeFileSync(join(HOME, 'seeded'), new Date().toISOString())
    }
    progress.end()
    finish = how.started(supervisor, local.environment)
    if (!told) greet(options, ports, local.signIns, (performance.now() - began) / 1000)
    await untilTold
  } finally {
    progress.end()
    await finish()
    await supervisor.stop()
    await local.stop()
    removeNote()
  }
}

/** Names the first port that somebody else holds. */
async function checkPorts(options: StartOptions, ports: ReadonlyMap<string, number>) {
  if (await isTaken(options.port))
    throw new Error(
      `Port ${options.port} is taken by another program.\n  Choose another for the shop: PORT=${options.port + 80} npm start`,
    )
  for (const [name, port] of ports)
    if (await isTaken(port))
      throw new Error(
        `Port ${port}, for the ${name} service, is taken by another program.\n  Move the services: npm start -- --services-from ${port + 1000}`,
      )
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(true))
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(false)))
  })
}

/** One line that changes on a terminal; lines one after the other elsewhere. */
function progressLine() {
  const live = process.stdout.isTTY
  let shown = false
  return {
    say(text: string) {
      if (live) process.stdout.write(`\r\x1b[K  ${text} …`)
      else console.log(`  ${text} …`)
      shown = live
    },
    end() {
      if (shown) process.stdout.write('\r\x1b[K')
      shown = false
    },
  }
}

function greet(
  options: StartOptions,
  ports: ReadonlyMap<string, number>,
  signIns: SignIns,
  seconds: number,
): void {
  const at = (port: number | undefined, path = '') => `http://localhost:${port}${path}`
  const lines = [
    '',
    `  The shop is open${`${seconds.toFixed(1)} s`.padStart(46)}`,
    '',
    `  Storefront   ${at(options.port)}`,
    `  API          ${at(options.port, '/api/v1/products/')}`,
    ...services.map(
      (it) =>
        `  ${it.name.padEnd(12)} ${at(ports.get(it.name))}   docs ${at(ports.get(it.name), '/api/schema/swagger-ui/')}`,
    ),
    '',
    `  Sign in      shopper     ${signIns.shopper.email}   ${signIns.shopper.password}`,
    `               superuser   ${signIns.superuser.email}   ${signIns.superuser.password}`,
    '               (kept in .souk/demo.json)',
    '',
    '  Logs are in logs/. Ctrl-C closes the shop; what you changed stays.',
    '',
  ]
  console.log(lines.join('\n'))
}
