/**
 * One-shot of the compose file. `secrets` writes what each container must know into a volume that it
 * alone mounts: values given in envs/ as they are, all others made once and kept. `tokens` gives
 * Consul the tokens that were made. Both may run any number of times.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const ROOT = process.env.SECRETS_DIR || '/secrets'
const CONSUL = process.env.CONSUL_HTTP_ADDR || 'consul:8500'
const SERVICES = ['auth', 'product', 'cart', 'review']
/** Whose databases the demo's data goes to. */
const DEMO = ['product', 'review']
const READERS = ['gateway', 'storefront', 'prometheus']
const START_MS = 60_000

const given = (name) => process.env[name]?.trim() || undefined
const secret = () => randomBytes(36).toString('base64url')
const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined)

/** In one step, so that nobody reads half a secret. */
function write(file, text) {
  if (read(file) === text) return
  const draft = `${file}.new`
  writeFileSync(draft, text, { mode: 0o444 })
  renameSync(draft, file)
}

/** The given value, else the one kept in this file, else a new one. Returns it, and keeps it. */
function keep(file, value, make = secret) {
  const kept = value ?? read(file) ?? make()
  write(file, kept)
  return kept
}

function makeSecrets() {
  const at = (...parts) => join(ROOT, ...parts)
  const key =
    given('SECRET_KEY') ?? given('DJ_SECRET_KEY') ?? read(at('auth/secret_key')) ?? secret()
  const token = given('CONSUL_HTTP_TOKEN')
  const users = []
  write(at('demo/secret_key'), key)
  for (const name of SERVICES) {
    write(at(name, 'secret_key'), key)
    const password = keep(at(`${name}-db/postgres_password`), given('POSTGRES_PASSWORD'))
    write(at(name, 'postgres_password'), password)
    if (DEMO.includes(name)) write(at(`demo/${name}_url`), databaseUrl(name, password))
    const redis = keep(at('redis', name), undefined)
    users.push(redisUser(name, redis))
    write(at(name, 'redis_url'), given('REDIS_URL') ?? `redis://${name}:${redis}@redis:6379`)
  }
  for (const name of [...SERVICES, ...READERS])
    write(at(name, 'consul_token'), keep(at('consul', name), token, randomUUID))
  write(at('redis/users.acl'), ['user default on nopass -@all +ping', ...users, ''].join('\n'))
  const agent = keep(at('consul/agent'), undefined, randomUUID)
  write(at('consul/agent.json'), JSON.stringify({ acl: { tokens: { agent } } }))
  keep(at('grafana/password'))
  renderGateway(at('gateway/traefik.yml'))
  tellOfSuperuser()
}

function databaseUrl(name, password) {
  const [user, database] = [given('POSTGRES_USER'), given('POSTGRES_DB')].map((it) =>
    encodeURIComponent(it ?? 'postgres'),
  )
  return `postgres://${user}:${encodeURIComponent(password)}@${name}-db:5432/${database}`
}

/** Only its own keys, and no command for operators. ioredis asks INFO whether Redis has loaded. */
function redisUser(name, password) {
  const hash = createHash('sha256').update(password).digest('hex')
  return `user ${name} on #${hash} resetkeys ~souk:${name}:* resetchannels -@all +@read +@write +@scripting +@connection +info -@dangerous +info`
}

/** Traefik's own file knows no variables. */
function renderGateway(file) {
  const template = read(process.env.GATEWAY_TEMPLATE || '')
  if (template === undefined) return
  write(file, withAddress(template) + tracing())
}

function withAddress(template) {
  if (!template.includes('acme@example.com')) return template
  const email = given('ACME_EMAIL')
  if (!email || !/^[^\s"\\]+@[^\s"\\]+$/.test(email)) throw new Error('ACME_EMAIL is no address')
  return template.replaceAll('acme@example.com', email)
}

/** Traefik's part of a trace, by the settings that the services read as well. */
function tracing() {
  const endpoint = given('OTEL_EXPORTER_OTLP_ENDPOINT')
  if (!endpoint) return ''
  const sampler = given('OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on'
  const share = Number(given('OTEL_TRACES_SAMPLER_ARG') ?? 1)
  const rate = /always_off$/.test(sampler) ? 0 : /ratio$/.test(sampler) ? share : 1
  const url = new URL(`${endpoint.replace(/\/+$/, '')}/v1/traces`)
  const settings = {
    serviceName: 'gateway',
    sampleRate: rate,
    resourceAttributes: { 'service.namespace': 'souk' },
    otlp: { http: { endpoint: url.href } },
  }
  // JSON is YAML.
  return `\ntracing: ${JSON.stringify(settings)}\n`
}

function tellOfSuperuser() {
  const email = given('SU_EMAIL') ?? given('DJ_SU_EMAIL')
  console.log('Secrets are ready. The shop will be at http://localhost')
  if (email) console.log(`The first superuser signs in as ${email}.`)
  else
    console.log(
      'There is no superuser. Set SU_EMAIL and SU_PASSWORD in envs/api.env and run: docker compose up -d auth',
    )
}

async function makeTokens() {
  const at = (name) => join(ROOT, 'consul', name)
  await ledConsul()
  const management = await managementToken(at('management'))
  const call = (method, path, body) => consul(method, path, management, body)
  const policy = async (name, rules) => {
    const known = (await call('GET', 'acl/policies')).find((it) => it.Name === name)
    await call('PUT', known ? `acl/policy/${known.ID}` : 'acl/policy', { Name: name, Rules: rules })
  }
  await policy(
    'souk-read',
    'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }',
  )
  await policy(
    'souk-agent',
    'node "consul" { policy = "write" } agent "consul" { policy = "read" } service_prefix "" { policy = "read" }',
  )
  const wanted = new Map([[read(at('agent')), { Policies: [{ Name: 'souk-agent' }] }]])
  // Where no Prometheus is, as on Swarm, no token was made for it.
  for (const name of READERS.filter((it) => read(at(it))))
    wanted.set(read(at(name)), { Policies: [{ Name: 'souk-read' }] })
  // A token given in envs/ is the same for all, and then it may do what each of them may.
  for (const name of SERVICES) {
    const { ServiceIdentities = [] } = wanted.get(read(at(name))) ?? {}
    const mine = { ServiceName: name }
    wanted.set(read(at(name)), { ServiceIdentities: [...ServiceIdentities, mine] })
  }
  for (const [SecretID, rights] of wanted) {
    const known = await consul('GET', 'acl/token/self', SecretID).catch(() => undefined)
    if (!known) await call('PUT', 'acl/token', { SecretID, Description: 'souk', ...rights })
  }
  console.log(`Consul knows ${wanted.size} tokens.`)
}

async function ledConsul() {
  const until = Date.now() + START_MS
  while (!(await consul('GET', 'status/leader').catch(() => ''))) {
    if (Date.now() > until) throw new Error('Consul has no leader')
    await pause(250)
  }
}

async function managementToken(file) {
  const kept = read(file)
  if (kept && (await consul('GET', 'acl/token/self', kept).catch(() => undefined))) return kept
  const until = Date.now() + START_MS
  for (;;) {
    try {
      const { SecretID } = await consul('PUT', 'acl/bootstrap')
      write(file, SecretID)
      return SecretID
    } catch (error) {
      if (/no longer allowed/i.test(error.message))
        throw new Error('Consul has a management token that is not in its volume of secrets', {
          cause: error,
        })
      // For a moment after its first election Consul still sets its tokens up.
      if (Date.now() > until) throw error
      await pause(250)
    }
  }
}

async function consul(method, path, token, body) {
  const answer = await fetch(`http://${CONSUL}/v1/${path}`, {
    method,
    headers: token ? { 'x-consul-token': token } : {},
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(5000),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`Consul answered ${answer.status} to ${path}: ${text}`)
  return text && JSON.parse(text)
}

if (process.argv[2] === 'tokens') await makeTokens()
else makeSecrets()
