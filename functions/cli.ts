#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { usages } from './kit/usage.ts'

// Compiled sources are kept: the second command of a checkout starts in half the time of the first.
enableCompileCache(join(import.meta.dirname, '../.souk/compiled'))

type Command = {
  /** What `--help` says. */
  help: () => Promise<string>
  /** Gives the exit code, where it may be another one than 0. */
  run: (args: string[]) => Promise<unknown>
}

/** The command line: `node functions/cli.ts <command> …`; the scripts of package.json lead here. */
const commands: Record<string, Command> = {
  start: command('start', async (args) => {
    const { values } = options(args, { port: '8000', 'services-from': '8001' })
    const { start } = await import('./start.ts')
    await start({
      port: number(
        'port',
        process.env.PORT && !args.includes('--port') ? process.env.PORT : values.port,
      ),
      servicesFrom: number('services-from', values['services-from']),
    })
  }),
  dev: command('dev', async (args) => (await import('./dev-command.ts')).devCommand(args)),
  invoke: command('invoke', async (args) =>
    (await import('./invoke-command.ts')).invokeCommand(args),
  ),
  event: command('event', async (args) => (await import('./event-command.ts')).eventCommand(args)),
  record: command('record', async (args) =>
    (await import('./record-command.ts')).recordCommand(args),
  ),
  new: command('new', async (args) => (await import('./new-command.ts')).newCommand(args)),
  seed: command('seed', async (args) => (await import('./seed-command.ts')).seedCommand(args)),
  keys: {
    help: async () => (await import('./auth/cli-keys.ts')).USAGE,
    async run(args) {
      const { keysCommand } = await import('./auth/cli-keys.ts')
      // A new SECRET_KEY is wanted before there is anything to run.
      if (args[0] === 'secret') return keysCommand(args)
      const { inSystem } = await import('./system.ts')
      await inSystem(['auth'], () => keysCommand(args))
    },
  },
  user: {
    help: async () => (await import('./auth/cli-user.ts')).USAGE,
    async run(args) {
      const [{ userCommand }, { inSystem }] = await Promise.all([
        import('./auth/cli-user.ts'),
        import('./system.ts'),
      ])
      await inSystem(['auth'], () => userCommand(args))
    },
  },
  recount: command('recount', async () => {
    const [{ recount }, { inSystem }] = await Promise.all([
      import('./review/recount.ts'),
      import('./system.ts'),
    ])
    await inSystem(['review'], async () => {
      const repaired = await recount()
      console.log(
        `${repaired.length} products had wrong ratings${repaired.length ? `, mended: ${repaired.join(', ')}` : ''}`,
      )
    })
  }),
  derive: command('derive', async () => (await import('./derive-command.ts')).deriveCommand()),
  sbom: command('sbom', async () => (await import('./sbom-command.ts')).sbomCommand()),
}

function command(name: keyof typeof usages, run: Command['run']): Command {
  return { run, help: async () => (await import('./kit/usage.ts')).usages[name] }
}

function options<T extends Record<string, string>>(args: string[], defaults: T) {
  const spec = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: value }]),
  ) as Record<keyof T & string, { type: 'string'; default: string }>
  return parseArgs({ args, options: spec, strict: true })
}

function number(name: string, value: unknown): number {
  const port = Number(value)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`--${name} must be a port from 1 to 65535`)
  return port
}

const [name = '', ...rest] = process.argv.slice(2)
const wanted = Object.hasOwn(commands, name) ? commands[name] : undefined
if (!wanted) {
  console.error(`Usage: node functions/cli.ts <${Object.keys(commands).join(' | ')}> …`)
  console.error('Each tells more with --help')
  process.exit(2)
}
try {
  if (rest.includes('--help')) console.log(await wanted.help())
  else {
    const code = await wanted.run(rest)
    if (typeof code === 'number') process.exitCode = code
  }
} catch (error) {
  console.error(`\n  ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
