import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import * as z from 'zod'
import { services } from '../functions/catalog.ts'
import { fields, perService } from '../shared/runtime/settings-fields.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

const Container = z.looseObject({
  image: z.string(),
  build: z.object({ context: z.string(), target: z.string() }).optional(),
  init: z.boolean().optional(),
  read_only: z.literal(true),
  user: z.string().optional(),
  cap_drop: z.tuple([z.literal('ALL')]),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  restart: z.string(),
  logging: z.object({
    driver: z.literal('json-file'),
    options: z.object({ 'max-size': z.string(), 'max-file': z.string() }),
  }),
  mem_limit: z.string().regex(/^\d+m$/),
  pids_limit: z.int(),
  stop_grace_period: z.string().optional(),
  stop_signal: z.string().optional(),
  ports: z.array(z.string()).default([]),
  profiles: z.array(z.string()).default([]),
  networks: z.array(z.string()).default([]),
  network_mode: z.string().optional(),
  volumes: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  env_file: z.array(z.string()).default([]),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
})
const Compose = z.looseObject({
  services: z.record(z.string(), Container),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() })),
  volumes: z.record(z.string(), z.unknown()),
})
const compose = Compose.parse(parse(read('docker-compose.yml'), { merge: true }))
const all = Object.entries(compose.services)
const names = services.map((it) => it.name)
const container = (name: string) => compose.services[name] ?? assert.fail(`no ${name}`)
const oneShots = ['setup', 'tokens', 'demo']
const lasting = all.filter(([name]) => !oneShots.includes(name))
/** What runs without a profile. */
const always = lasting.filter(([, it]) => it.profiles.length === 0)

describe('docker-compose.yml', () => {
  test('every service of the catalog is there, with a database that it alone reaches', () => {
    for (const name of names) {
      const { networks, environment } = container(name)
      assert.equal(environment.POSTGRES_HOST, `${name}-db`)
      assert.deepEqual(container(`${name}-db`).networks, [`${name}-data`])
      const inside = all.filter(([, it]) => it.networks.includes(`${name}-data`)).map(([it]) => it)
      assert.deepEqual(inside.filter((it) => it !== 'demo').sort(), [name, `${name}-db`])
      assert.deepEqual(networks.sort(), ['cache', `${name}-data`, 'mesh'].sort())
    }
  })

  test('only the gateway publishes ports, the consoles to this machine alone', () => {
    assert.deepEqual(
      always.filter(([, it]) => it.ports.length > 0).map(([name]) => name),
      ['gateway'],
    )
    for (const [name, { ports, profiles }] of all)
      if (profiles.length > 0) assert.doesNotMatch(ports.join(), /^(?!127\.0\.0\.1:|$)/, name)
    assert.deepEqual(container('gateway').ports, [
      '80:80',
      '127.0.0.1:8080:8080',
      '127.0.0.1:8500:8500',
      ...services.map(({ port }) => `${port}:${port}`),
    ])
  })

  test('only the gateway has a network that leads outside', () => {
    const open = Object.entries(compose.networks).filter(([, it]) => !it.internal)
    assert.deepEqual(
      open.map(([name]) => name),
      ['edge', 'consoles'],
    )
    // A console is reached from this machine, and reaches nothing of the shop.
    const consoles = all.filter(([, it]) => it.networks.includes('consoles'))
    for (const [name, { networks, profiles, ports }] of consoles) {
      assert.ok(profiles.length > 0, name)
      assert.ok(ports.every((it) => it.startsWith('127.0.0.1:')))
      assert.deepEqual(networks, ['watch', 'consoles'], name)
    }
    for (const [name, { networks, network_mode }] of all) {
      assert.equal(networks.includes('edge'), name === 'gateway', name)
      assert.ok(networks.length > 0 || network_mode === 'none', `${name}: the default network`)
    }
  })

  test('no container is privileged, nor given the machine', () => {
    for (const [name, { volumes, cap_add, user, ...rest }] of all) {
      assert.doesNotMatch(volumes.join(), /docker\.sock|(^|,)\/(etc|var|root|proc|sys)?:/, name)
      for (const key of ['privileged', 'pid', 'ipc', 'devices', 'container_name'])
        assert.equal(key in rest, false, `${name}: ${key}`)
      assert.notEqual(rest.network_mode, 'host')
      if (name === 'consul') assert.deepEqual(cap_add, ['CHOWN', 'SETGID', 'SETUID'])
      else {
        assert.deepEqual(cap_add, [], name)
        assert.match(user ?? '', /^[1-9]\d*:[1-9]\d*$/, name)
      }
    }
  })

  test('what runs on is looked at, started again, and has time to end', () => {
    for (const [name, it] of lasting) {
      assert.equal(it.restart, 'unless-stopped', name)
      assert.ok(it.healthcheck || it.build, `${name}: no health check`)
      assert.match(it.stop_grace_period ?? '', /^\d+s$/, name)
    }
    // A service drains for 5 s, waits 10 for calls, 5 for each of its parts, and ends by 35.
    for (const name of names) assert.equal(container(name).stop_grace_period, '45s')
    for (const name of oneShots) assert.equal(container(name).restart, 'no')
  })

  test('a service that kills itself when it hangs has an init before it', () => {
    for (const name of names) assert.equal(container(name).init, true)
  })

  test('services know each other by name before Consul has told', () => {
    for (const name of names)
      for (const it of services)
        assert.equal(
          container(name).environment[`SERVICE_${it.name.toUpperCase()}_URL`],
          `http://${it.name}:${it.port}`,
        )
  })

  test('all of it fits in 1.5 GB', () => {
    const total = always.reduce((sum, [, it]) => sum + Number.parseInt(it.mem_limit, 10), 0)
    assert.ok(total <= 1536, `${total} MB`)
  })

  test('images are pinned to a version', () => {
    for (const [name, { image, build }] of all)
      if (!build) assert.match(image, /:v?\d+(\.\d+)*$/, name)
  })

  test('no secret is written here, and those given in envs/ come as files', () => {
    const secret = /SECRET|PASSWORD|TOKEN|REDIS_URL|CONNECTION_STRING/
    for (const [name, { environment, env_file }] of lasting) {
      for (const [key, value] of Object.entries(environment)) {
        if (!secret.test(key)) continue
        if (key.endsWith('_FILE')) assert.match(value, /^\/run\/souk\/[a-z_]+$/, `${name}: ${key}`)
        else assert.equal(value, '', `${name}: ${key}`)
      }
      if (env_file.length > 0)
        assert.equal(environment.POSTGRES_PASSWORD, '', `${name} takes it from the environment`)
    }
    for (const name of names)
      for (const key of ['SECRET_KEY', 'POSTGRES_PASSWORD', 'REDIS_URL', 'CONSUL_HTTP_TOKEN'])
        assert.equal(container(name).environment[key], '', `${name}: ${key}`)
  })

  test('a volume of secrets is known to those who need it, and read-only to all but setup', () => {
    const owners: Record<string, string[]> = { consul: ['consul', 'tokens'] }
    const others = ['redis', 'gateway', 'storefront', 'demo', 'prometheus', 'grafana']
    for (const name of [...names, ...others]) owners[name] = [name]
    for (const name of names) owners[`${name}-db`] = [`${name}-db`]
    for (const [owner, expected] of Object.entries(owners)) {
      const mounts = all.flatMap(([name, it]) =>
        it.volumes
          .filter((volume) => volume.startsWith(`${owner}-secrets:`))
          .map((volume) => ({ name, volume })),
      )
      const readers = mounts.filter(({ name }) => name !== 'setup')
      assert.deepEqual(readers.map(({ name }) => name).sort(), expected, owner)
      for (const { name, volume } of readers)
        if (name !== 'tokens') assert.match(volume, /:\/run\/souk:ro$/)
    }
    const secrets = Object.keys(compose.volumes).filter((it) => it.endsWith('-secrets'))
    assert.equal(secrets.length, Object.keys(owners).length)
  })

  test('only the auth service learns the password of the first superuser', () => {
    for (const name of names.filter((it) => it !== 'auth'))
      assert.equal(container(name).environment.SU_PASSWORD, '', name)
  })

  test('variables are ones that a service knows', () => {
    const known = new Set(Object.keys(fields()))
    for (const name of names)
      for (const key of Object.keys(container(name).environment))
        assert.ok(
          known.has(key.replace(/^DJ_|_FILE$/g, '')) || perService.address.pattern.test(key),
          `${name}: ${key}`,
        )
  })

  test('what a one-shot makes is waited for', () => {
    for (const [name, { depends_on }] of lasting)
      assert.equal(depends_on.setup?.condition, 'service_completed_successfully', name)
    assert.equal(
      container('gateway').depends_on.tokens?.condition,
      'service_completed_successfully',
    )
    // A service starts and serves without them.
    for (const name of names) {
      assert.equal('consul' in container(name).depends_on, false)
      assert.notEqual(container(name).depends_on.redis?.condition, 'service_healthy')
    }
  })
})

describe('Dockerfile', () => {
  const text = read('Dockerfile')
  const stages = text.split(/^FROM /m).slice(1)
  const stage = (name: string) =>
    stages.find((it) => it.split('\n', 1)[0]?.endsWith(` AS ${name}`)) ?? assert.fail(name)

  test('a target for each container that is built here, from one runtime', () => {
    for (const [name, { build }] of all)
      if (build) assert.match(stage(build.target), /^(service|runtime) AS/, name)
    for (const { name, port, memory = {} } of services) {
      const { nurseryMb = 4, arenas } = memory
      assert.match(stage(name), new RegExp(`COPY --from=build /src/dist/${name} /app\\n`))
      assert.match(stage(name), new RegExp(`EXPOSE ${port}\\b`))
      assert.match(stage(name), new RegExp(`HEALTH_PORT=${port}\\b`))
      const options = `NODE_OPTIONS="--enable-source-maps --max-semi-space-size=${nurseryMb} `
      assert.ok((nurseryMb === 4 ? stage('service') : stage(name)).includes(options), name)
      assert.equal(/MALLOC_ARENA_MAX=(\d+)/.exec(stage(name))?.[1], arenas?.toString(), name)
      const foreign = names.filter((it) => it !== name && stage(name).includes(`dist/${it}`))
      assert.deepEqual(foreign, [])
    }
  })

  test('nothing runs as root, by a shell, or by a package manager', () => {
    assert.match(stage('runtime'), /^USER 1000:1000$/m)
    for (const it of stages.slice(2)) {
      const last = [...it.matchAll(/^USER (.+)$/gm)].at(-1)?.[1]
      assert.ok(last === undefined || last === '1000:1000')
      for (const [, command] of it.matchAll(/^(?:CMD|ENTRYPOINT) (.+)$/gm))
        assert.match(command ?? '', /^\["node", /)
    }
    assert.match(stage('service'), /^ENV RES_OPTIONS="timeout:1 attempts:2" UV_THREADPOOL_SIZE=8$/m)
    assert.match(stage('service'), /^HEALTHCHECK .*CMD \["\/app\/healthcheck\.sh"\]$/m)
    assert.doesNotMatch(text, /^ADD |^CMD \[?"?npm|curl |wget /m)
  })

  test('no secret can be in a layer', () => {
    for (const line of text.split('\n'))
      assert.doesNotMatch(line, /^(ARG|ENV).*(SECRET|PASSWORD|TOKEN|KEY)/)
    const ignored = read('.dockerignore').split('\n')
    for (const path of ['envs', '**/.git', '**/node_modules', '.souk', 'logs'])
      assert.ok(ignored.includes(path), path)
  })

  test('it is written so that the BuildKit of Docker 20.10 reads it too', () => {
    assert.doesNotMatch(text, /^# syntax=|<<-?['"]?E|--link|--parents|--start-interval|--checksum/m)
  })
})

test('Consul keeps state, asks for tokens, and runs no scripts', () => {
  const server: unknown = JSON.parse(read('discovery/consul/server.json'))
  const { acl, ...rest } = z.looseObject({ acl: z.unknown() }).parse(server)
  assert.partialDeepStrictEqual(rest, { server: true, bootstrap_expect: 1, node_name: 'consul' })
  assert.partialDeepStrictEqual(rest, { enable_script_checks: false })
  assert.partialDeepStrictEqual(acl, { enabled: true, default_policy: 'deny' })
  const { command, volumes } = container('consul')
  assert.doesNotMatch(JSON.stringify(command), /-dev\b/)
  assert.ok(volumes.includes('consul-data:/consul/data'))
  assert.deepEqual(readdirSync(join(root, 'discovery/consul')), ['server.json'])
})
