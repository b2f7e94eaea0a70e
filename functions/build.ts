import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const SOURCES = [
  'functions',
  'shared',
  'discovery',
  'gateway',
  'esbuild.config.mjs',
  'package.json',
]
const WEB_SOURCES = ['web', 'package.json']

/** Builds services and storefront where a source is younger than what was built of it. */
export async function buildWhatChanged(root: string): Promise<void> {
  const jobs: Promise<void>[] = []
  if (isStale(root, join(root, 'dist/gateway/main.mjs'), SOURCES))
    jobs.push(run(root, ['esbuild.config.mjs']))
  const vite = join(root, 'web/vite.config.ts')
  if (existsSync(vite) && isStale(root, join(root, 'dist/web/index.html'), WEB_SOURCES))
    jobs.push(
      run(root, ['node_modules/vite/bin/vite.js', 'build', '--config', vite, '--logLevel', 'warn']),
    )
  await Promise.all(jobs)
}

function isStale(root: string, built: string, sources: readonly string[]): boolean {
  if (!existsSync(built)) return true
  const time = statSync(built).mtimeMs
  return sources.some((it) => newest(join(root, it)) > time)
}

function newest(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(path).reduce(
    (latest, name) => Math.max(latest, newest(join(path, name))),
    stat.mtimeMs,
  )
}

function run(root: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (text: Buffer) => {
      said += text
    })
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`The build failed:\n${said.trim()}`)),
    )
  })
}
