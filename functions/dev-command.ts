import cluster from 'node:cluster'
import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { BuildFailure } from 'esbuild'
import { formatMessages } from 'esbuild'
import { freePort } from '../shared/data/free-port.ts'
import { migrate } from '../shared/data/migrate.ts'
import { parseSettings } from '../shared/runtime/settings.ts'
import type { Group, Supervisor } from '../shared/runtime/supervise.ts'
import { services } from './catalog.ts'
import { type Builder, builder } from './dev/builder.ts'
import { HOUSE_ENTRY, type House, house } from './dev/house.ts'
import { type Spares, spares } from './dev/spare.ts'
import type { Told } from './dev/told.ts'
import { watchSources } from './dev/watch.ts'
import { byLine, prettyLine } from './kit/log-lines.ts'
import { firstLine, UsageError, usages } from './kit/usage.ts'
import { HOME } from './local.ts'
import { start } from './start.ts'

const root = join(import.meta.dirname, '..')
type Dev = {
  builders: Map<string, Builder>
  house: House
  spare: Spares
  inspect: Inspect | undefined
}
type Inspect = { service: string; port: number }

/** As `npm start`, but what is saved is served. Exit code: 0, or 2 for what was not understood. */
export async function devCommand(args: string[]): Promise<number> {
  let options: ReturnType<typeof optionsOf>
  try {
    options = optionsOf(args)
  } catch (error) {
    console.error(`\n  ${firstLine(error)}\n\n${usages.dev}\n`)
    return 2
  }
  // Below the sources, which it imports, and the libraries; of this process, as several may run.
  const out = join(root, '.souk', `dev-${process.pid}`)
  const spare = spares()
  const builders = new Map<string, Builder>()
  const dev = { builders, house: house(root), spare, inspect: options.inspect }
  const hotPort = await freePort()
  // A session is recorded from its beginning.
  for (const { name } of services) rmSync(callsOf(name), { force: true })
  try {
    await start(options, {
      build: () => buildAll(dev, out),
      group: (group) =>
        group.name === 'gateway' ? gatewayGroup(group, hotPort) : live(dev, group),
      environment: { DEBUG: 'true', DEBUG_ANYWAY: 'true' },
      // Whoever looks at a breakpoint does not hang.
      timing: { readyMs: 10_000, stopMs: 5_000, ...(dev.inspect ? { hangMs: 3_600_000 } : {}) },
      started: (supervisor, environment) => follow(dev, supervisor, environment),
    })
  } finally {
    spare.end()
    await Promise.all([...builders.values()].map((it) => it.close()))
    rmSync(out, { recursive: true, force: true })
  }
  return 0
}

function optionsOf(args: string[]) {
  const { values, positionals } = parseArgs({
    args: args.map((it) => (it === '--inspect' ? '--inspect=9229' : it)),
    allowPositionals: true,
    options: {
      port: { type: 'string', default: process.env.PORT ?? '8000' },
      'services-from': { type: 'string', default: '8001' },
      inspect: { type: 'string' },
    },
  })
  const [service] = positionals
  if (service !== undefined && !services.some((it) => it.name === service))
    throw new UsageError(`There is no service ${service}`)
  if (values.inspect !== undefined && service === undefined)
    throw new UsageError('Which service: npm run dev -- product --inspect')
  const [port, servicesFrom] = [Number(values.port), Number(values['services-from'])]
  if (!(port > 0 && servicesFrom > 0)) throw new UsageError('A port is a number')
  const inspect =
    service !== undefined && values.inspect !== undefined
      ? { service, port: Number(values.inspect) }
      : undefined
  return { port, servicesFrom, inspect }
}

async function buildAll(dev: Dev, out: string): Promise<void> {
  await Promise.all(
    services.map(async ({ name }) => {
      const made = await builder(root, name, join(out, name))
      dev.builders.set(name, made)
      await made.build()
    }),
  )
  await readHouse(dev)
}

/** What is loaded ahead is another one from now on. */
async function readHouse({ builders, house, spare }: Dev): Promise<void> {
  const all = [...builders.values()]
  await house.read(all.flatMap((it) => it.house))
  const libraries = new Set([...house.packages, ...all.flatMap((it) => it.packages)])
  spare.preload([pathToFileURL(join(root, HOUSE_ENTRY)).href, ...libraries])
}

/** A service whose processes are made of spare ones. */
function live({ builders, spare, inspect }: Dev, group: Group): Group {
  return {
    ...group,
    output: readable(group),
    fork: (env) => {
      const load = builders.get(group.name)?.file ?? ''
      const order = { load, env: { ...env, SOUK_KEEP_CALLS: callsOf(group.name) } }
      const worker = spare.take(
        inspect?.service === group.name ? { ...order, inspect: inspect.port } : order,
      )
      // Not before: making one would take the time that this one needs.
      worker.on('message', ({ souk }: { souk?: string }) => souk === 'ready' && spare.refill())
      return worker
    },
  }
}

/** Where its processes leave the calls that they have answered, one for the next. */
function callsOf(service: string): string {
  return join(HOME, `calls-${service}.json`)
}

function gatewayGroup(group: Group, hotPort: number): Group {
  return {
    ...group,
    module: join(import.meta.dirname, 'dev/gateway-process.ts'),
    env: { ...group.env, SOUK_HOT_PORT: String(hotPort) },
    output: readable(group),
  }
}

/** Warnings and errors belong on the screen of whoever develops; the rest is in logs/. */
function readable({ output }: Group): (text: Buffer) => void {
  const colours = process.stdout.isTTY === true
  const take = byLine((line) => {
    if (!/^\{"level":"(INFO|DEBUG)"/.test(line)) console.log(prettyLine(line, colours))
  })
  return (text) => {
    output?.(text)
    take(text)
  }
}

function follow(dev: Dev, supervisor: Supervisor, environment: Record<string, string>) {
  dev.spare.refill()
  let broken = false
  const say = (told: Told) => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.send(told)
  }
  const stop = watchSources(
    root,
    ['functions', 'shared', 'discovery', 'gateway'],
    async (paths) => {
      const began = performance.now()
      try {
        const names = await replace(dev, supervisor, environment, paths)
        if (broken) say({ souk: 'mended' })
        broken = false
        if (names.length === 0) return
        const ms = Math.round(performance.now() - began)
        console.log(`  ${names.join(', ')} replaced in ${ms} ms: ${namesOf(paths)}`)
      } catch (error) {
        broken = true
        const text = await textOf(error)
        console.error(`\n  Not replaced, the code before still answers.\n\n${text}\n`)
        say({ souk: 'broken', text })
      }
    },
  )
  return async () => stop()
}

/** Builds and replaces what depends on these sources; gives the names of what was replaced. */
async function replace(
  dev: Dev,
  supervisor: Supervisor,
  environment: Record<string, string>,
  paths: ReadonlySet<string>,
): Promise<string[]> {
  const all = [...paths]
  const touched = [...dev.builders].filter(([, it]) => all.some((path) => it.uses(path)))
  const changed = await Promise.all(
    touched.map(async ([name, it]) => ((await it.build()) ? name : undefined)),
  )
  const names = new Set(changed.filter((it) => it !== undefined))
  const ofHouse = all.filter((it) => dev.house.has(it))
  if (ofHouse.length > 0) {
    await readHouse(dev)
    for (const [name, it] of dev.builders)
      if (ofHouse.some((path) => dev.house.uses(it.house, path))) names.add(name)
  }
  for (const name of dev.builders.keys())
    if (all.some((it) => it.endsWith('.sql') && isSchemaOf(name, it))) {
      const settings = parseSettings({ ...process.env, ...environment })
      await migrate({ service: name, url: settings.databaseUrl(name) })
      names.add(name)
    }
  if (all.some((it) => it.startsWith(join(root, 'gateway')))) names.add('gateway')
  for (const name of names) {
    await supervisor.reload(name)
    dev.builders.get(name)?.tidy()
  }
  return [...names]
}

function isSchemaOf(service: string, path: string): boolean {
  const place = relative(root, path)
  return (
    place.startsWith(join('functions', service, 'schema')) ||
    place.startsWith(join('shared', 'data'))
  )
}

function namesOf(paths: ReadonlySet<string>): string {
  return [...paths].map((it) => relative(root, it)).join(', ')
}

async function textOf(error: unknown): Promise<string> {
  const { errors } = error as Partial<BuildFailure>
  if (!errors) return error instanceof Error ? error.message : String(error)
  return (await formatMessages(errors, { kind: 'error', color: false })).join('\n')
}
