import { execFileSync, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from './shop.ts'

/** A Consul of a test's own, in memory. */
export type TestConsul = {
  /** host:port of its HTTP API. */
  address: string
  version: string
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Starts it again on the same ports, with nothing remembered. */
  restart(): Promise<void>
  close(): Promise<void>
}

/**
 * Path of a Consul binary: this machine's own, else 1.8.7 from the packages of Debian 11, the last
 * that has it, unpacked into the user's cache without touching the system.
 * @throws Error that says what is missing
 */
export function consulBinary(): string {
  for (const folder of (process.env.PATH ?? '').split(':'))
    if (existsSync(join(folder, 'consul'))) return join(folder, 'consul')
  const cached = join(homedir(), '.cache', 'souk', 'consul-1.8.7')
  if (!existsSync(cached)) fetchDebian(cached)
  return cached
}

function fetchDebian(target: string): void {
  const isRoot = process.getuid?.() === 0
  if (!isRoot || !existsSync('/usr/bin/apt-get'))
    throw new Error('No consul on the PATH; it is fetched only as root on a Debian machine')
  const work = mkdtempSync(join(tmpdir(), 'souk-consul-'))
  const at = (...parts: string[]) => join(work, ...parts)
  for (const folder of ['lists/partial', 'cache/archives/partial', 'parts'])
    mkdirSync(at(folder), { recursive: true })
  writeFileSync(at('status'), '')
  writeFileSync(at('sources.list'), `deb ${mirror()} bullseye main\n`)
  const own = [
    `Dir::State=${work}`,
    `Dir::State::lists=${at('lists')}`,
    `Dir::State::status=${at('status')}`,
    `Dir::Cache=${at('cache')}`,
    `Dir::Etc::sourcelist=${at('sources.list')}`,
    `Dir::Etc::sourceparts=${at('parts')}`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option])
  const run = (command: string, args: string[]) =>
    execFileSync(command, args, { cwd: work, stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    run('apt-get', [...own, '-q', 'update'])
    run('apt-get', [...own, '-q', 'download', 'consul'])
    const name = readdirSync(work).find((it) => /^consul_.*\.deb$/.test(it)) ?? ''
    run('dpkg-deb', ['-x', name, 'unpacked'])
    mkdirSync(join(target, '..'), { recursive: true })
    renameSync(at('unpacked/usr/bin/consul'), target)
  } catch (error) {
    throw new Error('No consul on the PATH, and the Debian mirror did not give one', {
      cause: error,
    })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The mirror that this machine's apt uses for Debian itself. */
function mirror(): string {
  const targets = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)']).toString()
  const uri = targets.split('\n').find((it) => /\/debian\/?$/.test(it))
  if (!uri) throw new Error('apt knows no Debian mirror')
  return uri
}

/** Starts a Consul agent in development mode; `config` is its configuration file's content. */
export async function startConsul(config: Record<string, unknown> = {}): Promise<TestConsul> {
  const binary = consulBinary()
  const version = execFileSync(binary, ['version']).toString().split('\n')[0] ?? ''
  const [http = 0, dns = 0, server = 0, lan = 0, wan = 0] = await freePorts(5)
  const folder = mkdtempSync(join(tmpdir(), 'souk-consul-'))
  const ports = { http, dns, server, serf_lan: lan, serf_wan: wan, grpc: -1 }
  writeFileSync(join(folder, 'test.json'), JSON.stringify({ ports, ...config }))
  const start = async () => {
    const args = ['agent', '-dev', '-bind', '127.0.0.1', '-client', '127.0.0.1']
    const child = spawn(binary, [...args, '-config-dir', folder, '-log-level', 'err'], {
      stdio: 'ignore',
    })
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    await led(`http://127.0.0.1:${http}`)
    return async () => {
      child.kill('SIGKILL')
      await ended
    }
  }
  let kill = await start()
  return {
    address: `127.0.0.1:${http}`,
    version,
    kill: () => kill(),
    async restart() {
      await kill()
      kill = await start()
    },
    async close() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function led(base: string): Promise<void> {
  const deadline = Date.now() + 20_000
  while (Date.now() < deadline) {
    const leader = await fetch(`${base}/v1/status/leader`).then(
      (it) => it.text(),
      () => '""',
    )
    if (leader.length > 2 && !leader.includes('error')) return
    await pause(50)
  }
  throw new Error('Consul did not come up')
}
