#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

// Compiled sources are kept: the second command of a checkout starts in half the time of the first.
enableCompileCache(join(import.meta.dirname, '../.souk/compiled'))

/** The command line: `node functions/cli.ts <command> …`; the scripts of package.json lead here. */
const commands: Record<string, (args: string[]) => Promise<void>> = {
  async start(args) {
    const { values } = options(args, { port: '8000', 'services-from': '8001' })
    const { start } = await import('./start.ts')
    await start({
      port: number(
        'port',
        process.env.PORT && !args.includes('--port') ? process.env.PORT : values.port,
      ),
      servicesFrom: number('services-from', values['services-from']),
    })
  },
  async invoke(args) {
    const { invokeCommand } = await import('./invoke-command.ts')
    process.exitCode = await invokeCommand(args)
  },
  async event(args) {
    const { eventCommand } = await import('./event-command.ts')
    process.exitCode = await eventCommand(args)
  },
  async record(args) {
    const { recordCommand } = await import('./record-command.ts')
    process.exitCode = await recordCommand(args)
  },
  async dev(args) {
    const { devCommand } = await import('./dev-command.ts')
    process.exitCode = await devCommand(args)
  },
  async new(args) {
    const { newCommand } = await import('./new-command.ts')
    process.exitCode = await newCommand(args)
  },
  async seed(args) {
    const { seedCommand } = await import('./seed-command.ts')
    await seedCommand(args)
  },
  async keys(args) {
    const { keysCommand } = await import('./auth/cli-keys.ts')
    // A new SECRET_KEY is wanted before there is anything to run.
    if (args[0] === 'secret') return keysCommand(args)
    const { inSystem } = await import('./system.ts')
    await inSystem(['auth'], () => keysCommand(args))
  },
  async user(args) {
    const [{ userCommand }, { inSystem }] = await Promise.all([
      import('./auth/cli-user.ts'),
      import('./system.ts'),
    ])
    await inSystem(['auth'], () => userCommand(args))
  },
  async recount() {
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
  },
  async derive() {
    const { deriveCommand } = await import('./derive-command.ts')
    await deriveCommand()
  },
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
const command = commands[name]
if (!command) {
  console.error(`Usage: node functions/cli.ts <${Object.keys(commands).join(' | ')}> …`)
  process.exit(2)
}
try {
  await command(rest)
} catch (error) {
  console.error(`\n  ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
