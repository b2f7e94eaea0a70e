import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { logSettings, parseSettings, SettingsError } from './settings.ts'
import { fields, perService } from './settings-fields.ts'

const SECRET_KEY = 'q7Jt0Vx3mC9rLw2PzY5aKd8sFh1GnB4e'

function problemsOf(env: Record<string, string>) {
  try {
    parseSettings(env)
    return []
  } catch (error) {
    assert(error instanceof SettingsError)
    return error.problems.map((it) => it.name)
  }
}

test('one secret is all a start needs', () => {
  const it = parseSettings({ SECRET_KEY })
  assert.equal(it.debug, false)
  assert.equal(it.logLevel, 'INFO')
  assert.deepEqual(it.allowedHosts, ['localhost', '0.0.0.0', '127.0.0.1'])
  assert.deepEqual(it.allowedOrigins, [])
  assert.equal(it.workers, 1)
  assert.equal(it.discovery, 'none')
  assert.deepEqual(it.postgres, { poolMax: 10, named: false, limits: true })
  assert.equal(it.redis, undefined)
  assert.deepEqual(it.serviceUrls('cart'), ['http://127.0.0.1:8003'])
})

test('everything bad is named at once, with its meaning and without its value', () => {
  const env = {
    SECRET_KEY: 'tooshort-canary',
    DEBUG: 'yes-canary',
    PORT: '70000',
    REDIS_URL: 'http://canary',
    ALLOWED_ORIGINS: 'https://shop.example/canary',
    DATABASE_URL_CART: 'mysql://canary',
    SU_EMAIL: 'canary',
    TRUSTED_PROXIES: '10.0.0.0/33',
  }
  assert.throws(
    () => parseSettings(env),
    (error) => {
      assert(error instanceof SettingsError)
      assert.deepEqual(error.problems.map((it) => it.name).sort(), Object.keys(env).sort())
      for (const problem of error.problems) assert.ok(problem.meaning, problem.name)
      assert.ok(
        !error.message.includes('canary') && !error.message.includes('70000'),
        error.message,
      )
      return true
    },
  )
})

test('a missing secret is named', () => {
  assert.throws(() => parseSettings({}), /SECRET_KEY is missing/)
  assert.throws(() => parseSettings({ SECRET_KEY: '' }), /SECRET_KEY is missing/)
})

test('secrets that everybody knows are refused', () => {
  for (const secret of [
    'default-secret-key-default-secret-key',
    'changemechangemechangemechangeme',
    'django-insecure-8sk2jf93kd02jf8sk2jf93',
    'a'.repeat(64),
    'abababababababababababababababab',
    'ChangeMe-please-9f8e7d6c5b4a39281',
  ]) {
    assert.deepEqual(problemsOf({ SECRET_KEY: secret }), ['SECRET_KEY'], secret)
  }
})

test('a value may come from a file, but not twice', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-settings-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'secret')
  writeFileSync(file, `${SECRET_KEY}\n`)
  assert.equal(parseSettings({ SECRET_KEY_FILE: file }).secretKey, SECRET_KEY)
  assert.equal(
    parseSettings({ SECRET_KEY, DATABASE_URL_AUTH_FILE: write('postgres://db/auth') }).databaseUrl(
      'auth',
    ),
    'postgres://db/auth',
  )
  assert.deepEqual(problemsOf({ SECRET_KEY, SECRET_KEY_FILE: file }), ['SECRET_KEY'])
  assert.deepEqual(problemsOf({ SECRET_KEY_FILE: join(folder, 'nothing') }), ['SECRET_KEY'])

  function write(text: string) {
    const path = join(folder, 'url')
    writeFileSync(path, text)
    return path
  }
})

test('names from older set-ups are understood, the plain name wins', () => {
  const it = parseSettings({
    DJ_SECRET_KEY: SECRET_KEY,
    DJ_DEBUG: 'True',
    DJ_ALLOWED_HOSTS: 'a.example b.example',
    ALLOWED_HOSTS: 'c.example',
    DJ_SU_NAME: 'root',
    DJ_SU_EMAIL: 'root@a.example',
    DJ_SU_PASSWORD: 'long enough it is',
  })
  assert.equal(it.debug, true)
  assert.deepEqual(it.allowedHosts, ['c.example'])
  assert.deepEqual(it.superuser, {
    name: 'root',
    email: 'root@a.example',
    password: 'long enough it is',
  })
})

test('production refuses debug unless told twice', () => {
  const env = { SECRET_KEY, DEBUG: 'true', NODE_ENV: 'production' }
  assert.deepEqual(problemsOf(env), ['DEBUG'])
  assert.equal(parseSettings({ ...env, DEBUG_ANYWAY: 'true' }).debug, true)
})

test('the database of a service: the most particular variable wins', () => {
  const env: Record<string, string> = { SECRET_KEY }
  assert.throws(() => parseSettings(env).databaseUrl('cart'), /DATABASE_URL_CART is missing/)
  Object.assign(env, { POSTGRES_USER: 'me', POSTGRES_PASSWORD: 'p@/:ß', POSTGRES_HOST: 'db' })
  const url = new URL(parseSettings(env).databaseUrl('cart'))
  assert.deepEqual(
    [url.host, url.pathname, url.username, decodeURIComponent(url.password)],
    ['db:5432', '/cart', 'me', 'p@/:ß'],
  )
  env.DB_CONNECTION_STRING = 'postgres://two/x'
  assert.equal(parseSettings(env).databaseUrl('cart'), 'postgres://two/x')
  env.DATABASE_URL_CART = 'postgres://three/x'
  const it = parseSettings(env)
  assert.equal(it.databaseUrl('cart'), 'postgres://three/x')
  assert.equal(it.databaseUrl('auth'), 'postgres://two/x')
  assert.equal(it.replicaUrl('cart'), undefined)
  env.DATABASE_URL_CART_RO = 'postgres://four/x'
  assert.equal(parseSettings(env).replicaUrl('cart'), 'postgres://four/x')
})

test('proxies are believed by address or by count', () => {
  const proxies = (TRUSTED_PROXIES?: string) =>
    parseSettings({ SECRET_KEY, TRUSTED_PROXIES }).trustedProxies
  assert.equal(proxies().includes('127.0.0.1'), true)
  assert.equal(proxies().includes('::ffff:127.0.0.1'), true)
  assert.equal(proxies().includes('10.1.2.3'), false)
  assert.equal(proxies('private').includes('::ffff:172.18.0.3'), true)
  assert.equal(proxies('192.0.2.0/24 2001:db8::1').includes('2001:db8::1'), true)
  assert.equal(proxies('192.0.2.0/24').includes('192.0.3.1'), false)
  assert.equal(proxies('none').includes('127.0.0.1'), false)
  assert.deepEqual([proxies('2').hops, proxies('2').includes('127.0.0.1')], [2, false])
})

test('lists, discovery and the pool follow their variables', () => {
  const it = parseSettings({
    SECRET_KEY,
    ALLOWED_ORIGINS: 'https://a.example http://localhost:5173',
    CONSUL_HTTP_ADDR: 'consul:8500',
    SERVICE_PRODUCT_URL: 'http://p1:8002, http://p2:8002',
    AWS_LAMBDA_FUNCTION_NAME: 'f',
  })
  assert.deepEqual(it.allowedOrigins, ['https://a.example', 'http://localhost:5173'])
  assert.equal(it.discovery, 'consul')
  assert.deepEqual(it.serviceUrls('product'), ['http://p1:8002', 'http://p2:8002'])
  assert.equal(it.postgres.poolMax, 1)
  assert.deepEqual(problemsOf({ SECRET_KEY, DISCOVERY: 'consul' }), ['CONSUL_HTTP_ADDR'])
})

test('logging finds its level even when the rest is bad', () => {
  assert.deepEqual(logSettings({ LOGGING_LVL: 'error', DEBUG: 'true' }), {
    debug: true,
    logLevel: 'ERROR',
  })
  assert.deepEqual(logSettings({ LOGGING_LVL: 'loud' }), { debug: false, logLevel: 'INFO' })
})

test('the files of defaults list every setting, each after a line on it, and fit', () => {
  const given: Record<string, string> = {}
  for (const name of ['api', 'postgres']) {
    const file = new URL(`../../envs/${name}.default.env`, import.meta.url)
    let comment = ''
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const [, variable, value = ''] = /^([A-Z_]+)=(.*)$/.exec(line) ?? []
      if (line === '') comment = ''
      if (line.startsWith('#')) comment = line
      if (!variable) continue
      assert.ok(comment, `${variable} has no line of meaning`)
      given[variable] = value
    }
  }
  const patterns = Object.values(perService).map((it) => it.pattern)
  const plain = Object.keys(given).filter((name) => !patterns.some((it) => it.test(name)))
  assert.deepEqual(plain.sort(), Object.keys(fields()).sort())
  assert.equal(given.SECRET_KEY, '')
  const filled = parseSettings({ ...given, SECRET_KEY })
  const { databaseUrl, replicaUrl, serviceUrls, trustedProxies, ...values } = filled
  const {
    databaseUrl: _a,
    replicaUrl: _d,
    serviceUrls: _b,
    trustedProxies: _c,
    ...defaults
  } = parseSettings({ SECRET_KEY })
  // The containers have no pooler between them and PostgreSQL: statements can be named.
  assert.deepEqual({ ...values, postgres: { ...values.postgres, named: false } }, defaults)
})
