import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse } from 'yaml'

const here = import.meta.dirname
const root = mkdtempSync(join(tmpdir(), 'souk-setup-'))
const dockerfile = readFileSync(join(here, '../Dockerfile'), 'utf8')
const folders = /for name in ([\w\s\\-]+); do install/.exec(dockerfile)?.[1]?.match(/[\w-]+/g) ?? []
let runs = 0

after(() => rmSync(root, { recursive: true, force: true }))

/** Runs `setup` on the folders that its image has; a reader of what it wrote. */
function setup(env: Record<string, string>, into = join(root, String(++runs))) {
  for (const name of folders) mkdirSync(join(into, name), { recursive: true })
  execFileSync(process.execPath, [join(here, 'setup.mjs')], {
    env: { PATH: process.env.PATH, SECRETS_DIR: into, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return { into, read: (file: string) => readFileSync(join(into, file), 'utf8') }
}

const template = (name: string) => ({ GATEWAY_TEMPLATE: join(here, name) })

test('every secret is made once and stays', () => {
  const first = setup({})
  const files = [
    'auth/secret_key',
    'grafana/password',
    'prometheus/consul_token',
    'consul/prometheus',
  ]
  const made = files.map(first.read)
  for (const it of made) assert.ok(it.length >= 32)
  assert.equal(first.read('prometheus/consul_token'), first.read('consul/prometheus'))
  const again = setup({}, first.into)
  assert.deepEqual(files.map(again.read), made)
  assert.notEqual(setup({}).read('grafana/password'), made[1])
})

test('the gateway traces where an endpoint is set, as the services do', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://jaeger:4318/' }
  const tracing = (env: Record<string, string>) =>
    parse(setup({ ...template('traefik.yml'), ...env }).read('gateway/traefik.yml')).tracing
  assert.equal(tracing({}), undefined)
  assert.deepEqual(tracing(endpoint), {
    serviceName: 'gateway',
    sampleRate: 1,
    resourceAttributes: { 'service.namespace': 'souk' },
    otlp: { http: { endpoint: 'http://jaeger:4318/v1/traces' } },
  })
  const ratio = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.05' }
  assert.equal(tracing({ ...endpoint, ...ratio }).sampleRate, 0.05)
  assert.equal(tracing({ ...endpoint, OTEL_TRACES_SAMPLER: 'always_off' }).sampleRate, 0)
})

test('with TLS as well; the rest of the file is as it was', () => {
  const env = { ...template('traefik.tls.yml'), ACME_EMAIL: 'me@example.org' }
  const plain = setup(env).read('gateway/traefik.yml')
  const source = readFileSync(join(here, 'traefik.tls.yml'), 'utf8')
  assert.equal(plain, source.replaceAll('acme@example.com', 'me@example.org'))
  const traced = setup({ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://jaeger:4318' })
  assert.ok(traced.read('gateway/traefik.yml').startsWith(plain))
  assert.throws(() => setup({ ...template('traefik.tls.yml'), ACME_EMAIL: 'nobody' }))
})
