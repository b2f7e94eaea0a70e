import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

type Tool = {
  commands: string[]
  /** The system's packages, the first named after it. */
  packages: string[]
  /** What cannot be tested without it. */
  without: string
}

/** Consul is none of them: few systems have a package of it, and its tests get it themselves. */
const tools: Tool[] = [
  {
    commands: ['redis-server'],
    packages: ['redis-server'],
    without: 'the cache and limits in Redis',
  },
  {
    commands: ['varnishd'],
    packages: ['varnish', 'varnish-modules'],
    without: 'what a cache in front keeps and forgets',
  },
  {
    commands: ['chromium', 'chromium-browser', 'google-chrome'],
    packages: ['chromium'],
    without: 'the storefront in a browser',
  },
]

/** Path of the first of these commands that this machine has. */
export function which(...commands: string[]): string | undefined {
  const folders = process.env.PATH?.split(delimiter) ?? []
  for (const command of commands) {
    for (const folder of [...folders, '/usr/sbin', '/usr/local/bin']) {
      const path = join(folder, command)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined
}

/** Installs what the tests need and this machine lacks; returns a line on each that stays missing. */
export function installTools(): string[] {
  const missing = tools.filter((tool) => !which(...tool.commands))
  if (missing.length === 0) return []
  const mayInstall = process.getuid?.() === 0 && which('apt-get')
  if (mayInstall) {
    run('apt-get', '-qq', 'update')
    for (const tool of missing) {
      console.log(`installing ${tool.packages.join(', ')}`)
      run('apt-get', '-qq', 'install', '--yes', '--no-install-recommends', ...tool.packages)
    }
  }
  const why = mayInstall
    ? "the system's packages have none"
    : 'only root with apt-get can install it'
  return missing
    .filter((tool) => !which(...tool.commands))
    .map((tool) => `${tool.packages[0]} is missing (${why}): ${tool.without} cannot be tested here`)
}

function run(command: string, ...args: string[]) {
  // RUNLEVEL=1 keeps packages from starting their services.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  return spawnSync(command, args, { env, stdio: 'ignore' }).status === 0
}
