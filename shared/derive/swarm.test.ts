import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { services } from '../../functions/catalog.ts'
import { swarmFiles } from './swarm.ts'

type Task = {
  image: string
  deploy: { endpoint_mode?: string; mode?: string; update_config?: Record<string, unknown> }
  networks: string[]
  secrets?: { source: string }[]
  configs?: { source: string }[]
  volumes?: (string | { type: 'tmpfs'; target: string })[]
  environment?: Record<string, string>
} & Record<string, unknown>
type Stack = Record<'secrets' | 'configs' | 'networks' | 'volumes', Record<string, unknown>> & {
  services: Record<string, Task>
}

const [stackFile, secretsFile] = swarmFiles(services)
const stack: Stack = parse(stackFile?.text ?? '')
const tasks = Object.entries(stack.services)

/** Keys of compose that `docker stack deploy` refuses or passes over; tried with version 28.2. */
const NOT_FOR_STACKS = [
  'build',
  'restart',
  'container_name',
  'depends_on',
  'profiles',
  'develop',
  'extends',
  'mem_limit',
  'cpus',
  'pids_limit',
  'scale',
  'security_opt',
  'shm_size',
  'tmpfs',
]

test('nothing in the stack is for compose alone', () => {
  const wrong = tasks.flatMap(([name, task]) =>
    NOT_FOR_STACKS.filter((it) => it in task).map((it) => `${name}.${it}`),
  )
  assert.deepEqual(wrong, [])
})

test('every name is of tasks, never a virtual address', () => {
  for (const [name, { deploy }] of tasks) assert.equal(deploy.endpoint_mode, 'dnsrr', name)
})

test('what a task uses is declared, and what is declared is used', () => {
  const used = (kind: 'secrets' | 'configs') =>
    new Set(tasks.flatMap(([, it]) => (it[kind] ?? []).map(({ source }) => source)))
  assert.deepEqual(used('secrets'), new Set(Object.keys(stack.secrets)))
  assert.deepEqual(used('configs'), new Set(Object.keys(stack.configs)))
  assert.deepEqual(
    new Set(tasks.flatMap(([, it]) => it.networks)),
    new Set(Object.keys(stack.networks)),
  )
  assert.deepEqual(
    new Set(tasks.flatMap(([, it]) => (it.volumes ?? []).flatMap(named))),
    new Set(Object.keys(stack.volumes)),
  )
})

/** The volume's name; one in memory has none. */
function named(volume: string | object): string[] {
  return typeof volume === 'string' ? volume.split(':', 1) : []
}

test('every secret has a version in its name, and the script makes it', () => {
  const script = secretsFile?.text ?? ''
  for (const [name, it] of Object.entries(stack.secrets)) {
    assert.deepEqual(it, { external: true, name: `souk_${name}_\${SECRETS_VERSION:-1}` })
    const [, owner = '', rest] = /^(?:consul_)?([a-z]+)(_.*)?$/.exec(name) ?? []
    const isMade =
      script.includes(`keep ${name} `) ||
      (script.includes(`"\${service}${rest}"`) && script.includes(owner)) ||
      (name.startsWith('consul_') && script.includes('keep "consul_$name"'))
    assert.ok(isMade, name)
  }
})

test('each service is updated start-first and rolled back, and is migrated by a job', () => {
  for (const { name } of services) {
    const { deploy } = stack.services[name] ?? {}
    assert.equal(deploy?.update_config?.order, 'start-first')
    assert.equal(deploy?.update_config?.failure_action, 'rollback')
    assert.equal(stack.services[`${name}-migration`]?.deploy.mode, 'replicated-job')
    assert.ok(stack.services[name]?.networks.includes(`${name}-data`))
  }
})

test('the files it takes in are there', () => {
  const root = join(import.meta.dirname, '../../deploy/swarm')
  for (const it of Object.values(stack.configs) as { file: string }[])
    assert.ok(existsSync(join(root, it.file)), it.file)
})
