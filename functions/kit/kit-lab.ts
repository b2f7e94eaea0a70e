import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testDatabase } from '../../shared/testing/database.ts'

const root = join(import.meta.dirname, '../..')
const SERVICES = ['auth', 'product', 'cart', 'review']

export type Ran = { code: number | null; out: string; err: string; ms: number }

export type Kit = {
  /** Where commands run: this checkout, or a copy of its sources. */
  folder: string
  environment: Record<string, string>
  /** Runs `node functions/cli.ts …` to its end. */
  run(args: readonly string[], input?: string, more?: Record<string, string>): Promise<Ran>
  /** Starts a command that stays; ended by `close` if it has not ended. */
  launch(args: readonly string[]): Launched
  close(): Promise<void>
}

export type Launched = {
  process: ChildProcess
  /** All that it has printed so far. */
  said(): string
  /** Resolves with what fitted; rejects when it ends first, or after `ms`. */
  says(pattern: RegExp, ms?: number): Promise<RegExpExecArray>
  /** SIGINT; resolves with the exit code. */
  end(): Promise<number | null>
}

/** A home and databases of a test's own, for commands run as processes. */
export async function openKit(options: { copy?: boolean } = {}): Promise<Kit> {
  const scratch = mkdtempSync(join(tmpdir(), 'souk-kit-'))
  const databases = await Promise.all(SERVICES.map((it) => testDatabase(it)))
  const environment: Record<string, string> = {
    SOUK_HOME: join(scratch, 'home'),
    SECRET_KEY: 'kN3v-a-secret-of-the-tests-of-the-kit-8Qz',
    LOGGING_LVL: 'INFO',
    DEBUG: 'false',
    ...Object.fromEntries(
      databases.map(({ url }, at) => [`DATABASE_URL_${SERVICES[at]?.toUpperCase()}`, url]),
    ),
  }
  mkdirSync(join(scratch, 'home'))
  // Filling the shop would take most of the time of these tests.
  writeFileSync(join(scratch, 'home/seeded'), '')
  // A system seems to run, so that no command looks whether there is something to migrate.
  const seems = JSON.stringify({ pid: process.pid, environment: {} })
  if (!options.copy) writeFileSync(join(scratch, 'home/running.json'), seems)
  const folder = options.copy ? copyOf(join(scratch, 'checkout')) : root
  const launched: Launched[] = []
  return {
    folder,
    environment,
    run: (args, input, more) => run(folder, { ...environment, ...more }, args, input),
    launch(args) {
      const started = launch(folder, environment, args)
      launched.push(started)
      return started
    },
    async close() {
      await Promise.all(launched.map((it) => it.end()))
      await Promise.all(databases.map((it) => it.drop()))
      rmSync(scratch, { recursive: true, force: true })
    },
  }
}

/** The sources with the same libraries: tests may change it. */
function copyOf(folder: string): string {
  const parts = [
    'functions',
    'shared',
    'discovery',
    'gateway',
    'web',
    'bench',
    'esbuild.config.mjs',
  ]
  for (const part of [...parts, 'package.json', 'tsconfig.json', 'biome.json'])
    cpSync(join(root, part), join(folder, part), {
      recursive: true,
      // The peers of bench/ have some of their own.
      filter: (path) => !path.includes('node_modules', root.length),
    })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  return folder
}

function start(folder: string, environment: Record<string, string>, args: readonly string[]) {
  // Before `--`, Node would take --env-file for its own.
  return spawn(process.execPath, ['--', 'functions/cli.ts', ...args], {
    cwd: folder,
    // Only what these commands need: no setting of the tests' own process may decide.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  })
}

async function run(
  folder: string,
  environment: Record<string, string>,
  args: readonly string[],
  input = '',
): Promise<Ran> {
  const started = performance.now()
  const child = start(folder, environment, args)
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  let [out, err] = ['', '']
  child.stdout.on('data', (text) => {
    out += text
  })
  child.stderr.on('data', (text) => {
    err += text
  })
  child.stdin.on('error', () => undefined).end(input)
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  return { code, out, err, ms: performance.now() - started }
}

/** Starts `node functions/cli.ts …` of a checkout. */
export function launch(
  folder: string,
  environment: Record<string, string>,
  args: readonly string[],
) {
  const child = start(folder, environment, args)
  let said = ''
  const take = (text: Buffer) => {
    said += text
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const ended = once(child, 'close')
  return {
    process: child,
    said: () => said,
    says: (pattern: RegExp, ms = 30_000) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(said)
          if (found) finish(() => resolve(found))
        }
        const fail = (why: string) => finish(() => reject(new Error(`${why}: ${pattern}\n${said}`)))
        const timer = setTimeout(() => fail('Not said in time'), ms)
        const over = () => fail('Ended before it said')
        const finish = (end: () => void) => {
          clearTimeout(timer)
          child.stdout.off('data', look)
          child.stderr.off('data', look)
          child.off('close', over)
          end()
        }
        child.stdout.on('data', look)
        child.stderr.on('data', look)
        child.once('close', over)
        look()
      }),
    async end(): Promise<number | null> {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT')
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await ended
      clearTimeout(timer)
      return child.exitCode
    },
  }
}
