import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import * as z from 'zod'
import { until } from '../../shared/testing/until.ts'

/** What one does to the running stack: the same commands that an operator has. */

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

export const SERVICES = ['auth', 'product', 'cart', 'review'] as const

async function command(file: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(file, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

export const docker = (...args: string[]) => command('docker', args)
export const compose = (...args: string[]) => command('docker', ['compose', ...args])
/** `gateway/roll.sh`: replaces the instances of these services one after the other. */
export const roll = (...services: string[]) => command(join(root, 'gateway/roll.sh'), services)

/** Ids of a service's running containers. */
export async function containers(service: string): Promise<string[]> {
  return (await compose('ps', '-q', service)).split('\n').filter(Boolean)
}

/** Brings a service to so many instances, and waits until the gateway has them. */
export async function scale(service: string, count: number): Promise<void> {
  const size = `${service}=${count}`
  await compose('up', '-d', '--no-deps', '--no-recreate', '--no-build', '--scale', size, service)
  await known(service, count)
}

/** Waits until the gateway sends requests to just so many instances of a service. */
export function known(service: string, count: number): Promise<unknown> {
  const isReady = async () => {
    await pause(200)
    return (await instances(service)).length === count
  }
  return until(isReady, 90)
}

const Entry = z.looseObject({
  name: z.string(),
  serverStatus: z.record(z.string(), z.string()).default({}),
})

/** Addresses that the gateway knows for a service and takes for healthy. */
export async function instances(service: string): Promise<string[]> {
  const answer = await fetch('http://127.0.0.1:8080/api/http/services?per_page=1000')
  const all = z.array(Entry).parse(await answer.json())
  return all
    .filter(({ name }) => name.startsWith(`${service}-`) && name.endsWith('@consulcatalog'))
    .flatMap(({ serverStatus }) => Object.entries(serverStatus))
    .filter(([, status]) => status === 'UP')
    .map(([url]) => url)
}

/** Ends the process in a container as the kernel would for want of memory: nothing is said before. */
export async function crash(container: string): Promise<void> {
  // The shell goes too, and with it the exit code of `exec`.
  await docker('exec', container, 'sh', '-c', 'kill -9 -1').catch(() => undefined)
}

/** How many requests an instance has answered, over all its functions. */
export async function answered(container: string): Promise<number> {
  const script =
    "fetch('http://127.0.0.1:'+process.env.HEALTH_PORT+'/metrics').then(r=>r.text()).then(t=>console.log(t))"
  const text = await docker('exec', container, 'node', '-e', script)
  return [...text.matchAll(/^souk_requests_total\{.* (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  )
}
