import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../data/free-port.ts'
import { watchOver } from '../data/watchdog.ts'
import { which } from './tools.ts'
import { until } from './until.ts'

export type TestVarnish = {
  url: string
  /** Where it takes PURGE. */
  purgeUrl: string
  stop(): Promise<void>
}

const vcl = join(import.meta.dirname, '../../deploy/varnish/souk.vcl')

/** A real Varnish with the configuration of deploy/varnish, before the server at `target`. */
export async function startVarnish(target: string): Promise<TestVarnish> {
  const binary = which('varnishd')
  if (!binary) throw new Error('varnishd is missing; npm test installs it where it may')
  const { hostname, port } = new URL(target)
  const folder = mkdtempSync(join(tmpdir(), 'souk-varnish-'))
  const path = join(folder, 'vcl')
  mkdirSync(path)
  const backend = `backend default { .host = "${hostname}"; .port = "${port}"; }`
  writeFileSync(join(path, 'backend.vcl'), backend)
  const [http, purge] = [await freePort(), await freePort()]
  const sockets = ['-a', `http=127.0.0.1:${http}`, '-a', `purge=127.0.0.1:${purge}`]
  const rest = ['-n', join(folder, 'work'), '-s', 'malloc,64m', '-p', `vcl_path=${path}`]
  // As who runs this: the folders are nobody else's.
  const child = spawn(binary, ['-j', 'none', '-F', ...sockets, '-f', vcl, ...rest], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (bytes) => {
    said += bytes
  })
  const watchdog = watchOver(child.pid, 'INT', [folder])
  const url = `http://127.0.0.1:${http}`
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`varnishd ended: ${said}`)
    return fetch(url, { method: 'OPTIONS' }).then(
      () => true,
      () => false,
    )
  }, 20)
  return {
    url,
    purgeUrl: `http://127.0.0.1:${purge}`,
    async stop() {
      watchdog?.kill('SIGKILL')
      const gone = once(child, 'exit')
      if (child.kill('SIGTERM')) await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
