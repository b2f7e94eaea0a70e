import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { services } from '../functions/catalog.ts'
import { exampleCall } from '../shared/derive/example.ts'
import { securityHeaders } from '../shared/http/headers.ts'
import { until } from '../shared/testing/until.ts'
import { openWorld, type World } from './testing/world.ts'

let world: World
let bearer: string
before(
  async () => {
    world = await openWorld()
    bearer = `Bearer ${(await world.house.guest({ superuser: true })).access}`
  },
  { timeout: 60_000 },
)
after(() => world.close())

type Answer = { status: number; headers: Record<string, string | undefined>; path: string }
type Asked = { method?: string; headers?: Record<string, string>; body?: string }

/** As fetch, which would not let strange hosts and headers out. */
function ask(base: string, path: string, asked: Asked = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = asked
  return new Promise((resolve, reject) => {
    const sent = request(base + path, { method, headers, agent: false }, (answer) => {
      answer.resume()
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          path,
          headers: answer.headers as Answer['headers'],
        }),
      )
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

/** Where an answer's own purpose asks for another value than all others have. */
const others: Record<string, [path: RegExp, value: RegExp][]> = {
  'content-security-policy': [
    [/swagger-ui/, /^default-src 'none';.*script-src 'self'/],
    [/\/media\/.*\.(webp|svg|png)$/, /^sandbox; default-src 'none'/],
    [/^\/(assets\/|sw\.js|favicon|app\.webmanifest|precache)/, /^default-src 'none'; connect-src/],
    [
      /^\/(?!api)/,
      /^default-src 'none'; .*require-trusted-types-for 'script'|^default-src 'none'; frame/,
    ],
  ],
  'cross-origin-resource-policy': [[/\/media\//, /^(cross|same)-origin$/]],
  'referrer-policy': [[/^\/(?!api)/, /^(same-origin|strict-origin-when-cross-origin)$/]],
  'permissions-policy': [[/^\/(?!api)/, /camera=\(\)/]],
}
/** Files of the storefront are no documents: what is asked of windows and frames says nothing there. */
const files = /^\/(assets\/|sw\.js|favicon|app\.webmanifest|precache)/
const forFiles = [
  'content-security-policy',
  'cross-origin-resource-policy',
  'x-content-type-options',
]

/** What is missing or wrong with an answer's headers. */
function faultsOf(what: string, { status, path, headers }: Answer): string[] {
  const faults: string[] = []
  const wanted = files.test(path) && status === 200 ? forFiles : Object.keys(securityHeaders)
  for (const name of wanted) {
    const value = headers[name] ?? ''
    const other = others[name]?.find(([of]) => of.test(path))
    const isRight = value === securityHeaders[name] || other?.[1].test(value)
    if (!isRight) faults.push(`${what}: ${status} ${name} is "${value}"`)
  }
  for (const name of ['server', 'x-powered-by'])
    if (headers[name]) faults.push(`${what}: ${status} tells of ${name}`)
  const isPreflight = status === 204 || status === 405
  if (!headers['cache-control'] && !isPreflight) faults.push(`${what}: ${status} no cache-control`)
  if (headers['access-control-allow-origin']) faults.push(`${what}: ${status} is open to others`)
  for (const cookie of [headers['set-cookie'] ?? []].flat())
    if (!/HttpOnly; (Secure; )?SameSite=(Strict|Lax)/.test(cookie))
      faults.push(`${what}: ${status} sets ${cookie}`)
  return faults
}

/** Calls that end in each status a service can answer with, as far as its contracts let them. */
function* calls(service: (typeof services)[number]): Generator<[string, Asked]> {
  const own = `/api/v1/${service.roots[0]?.split('/').at(-1)}`
  for (const { contract } of Object.values(service.endpoints)) {
    if (contract.access === 'service') continue
    const { method } = contract
    const { params, body, headers } = exampleCall(contract)
    const path = contract.path.replace(/\{(\w+)\}/g, (_: string, it: string) => params[it] ?? '')
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    yield [path, { method, headers }]
    yield [path, { method, headers: { ...headers, authorization: bearer }, ...sent }]
    yield [path, { method, headers: { ...headers, authorization: 'Bearer no.such.token' } }]
    yield [path, { method, headers: { ...headers, authorization: bearer }, body: '{' }]
    yield [path, { method, headers: { authorization: bearer, 'content-type': 'a/b' }, body: 'x' }]
    yield [path, { method: 'PROPFIND' }]
    yield [path, { method: 'OPTIONS', headers: { origin: 'http://evil.example' } }]
    if (method !== 'GET') continue
    yield [path, { method: 'HEAD' }]
    yield [path, { headers: { 'if-none-match': '*', authorization: bearer } }]
    yield [`${path}?limit=x&ordering=x`, {}]
  }
  const json = { 'content-type': 'application/json' }
  yield [`${own}/no/such/thing/`, {}]
  yield [`${own}/`, { headers: { host: 'evil.example' } }]
  yield [`${own}/?q=${'x'.repeat(12_000)}`, {}]
  yield [`${own}/`, { headers: { 'x-much': 'x'.repeat(20_000) } }]
  yield [`${own}/`, { method: 'POST', headers: { ...json, 'content-length': '7000000' } }]
  for (const path of ['', 'swagger-ui/']) yield [`/api/schema/${path}`, {}]
}

test('every answer of every service has the security headers, itself and through the gateway', async () => {
  const faults: string[] = []
  const statuses = new Map<number, number>()
  for (const service of services)
    for (const door of ['host', 'gateway'] as const) {
      const base = door === 'host' ? world.house.shop.url('host', service.name) : world.base
      for (const [path, asked] of calls(service)) {
        // The documents are on the services' own ports.
        if (door === 'gateway' && path.startsWith('/api/schema/')) continue
        const what = `${asked.method ?? 'GET'} ${path.slice(0, 60)} at the ${door} of ${service.name}`
        const answer = await ask(base, path, asked)
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        faults.push(...faultsOf(what, answer))
      }
    }
  for (const path of ['/livez', '/readyz', '/metrics', '/', '/internal/v1/events/'])
    for (const { name } of services)
      faults.push(
        ...faultsOf(`${path} of ${name}`, await ask(world.house.shop.url('host', name), path)),
      )
  world.kill('cart')
  const gone = await ask(world.base, '/api/v1/cart/')
  world.revive('cart')
  statuses.set(gone.status, 1)
  faults.push(...faultsOf('a service that is away', gone))
  console.log('statuses:', Object.fromEntries([...statuses].sort(([a], [b]) => a - b)))
  assert.deepEqual(faults, [])
  const seen = [200, 201, 204, 304, 400, 401, 404, 405, 413, 414, 415, 431, 503]
  assert.deepEqual(
    seen.filter((it) => !statuses.has(it)),
    [],
  )
})

test('every answer of the storefront has them, whatever is asked', async () => {
  const page = await (await fetch(world.base)).text()
  const assets = [...page.matchAll(/\/assets\/[\w.-]+/g)].map(([it]) => it)
  assert.ok(assets.length > 1)
  const faults: string[] = []
  const statuses = new Set<number>()
  const cases: [string, Asked?][] = [
    ...['/', '/products', '/product/nordhem-dining-chair', '/product/none', '/nowhere'].map(
      (it): [string] => [it],
    ),
    ...['/cart', '/sign-in', '/account', '/staff/users', '/status', '/shell'].map(
      (it): [string] => [it],
    ),
    ...['/robots.txt', '/sitemap.xml', '/status.json', '/sw.js', '/favicon.svg'].map(
      (it): [string] => [it],
    ),
    ...assets.map((it): [string] => [it]),
    ['/api/v1/nothing/'],
    ['/api/'],
    ['/livez'],
    ['/internal/v1/events/', { method: 'POST' }],
    ['/', { method: 'POST' }],
    ['/products', { method: 'HEAD' }],
    ['/', { headers: { host: 'evil.example' } }],
    ['/a%00b'],
    ['/..%2f..%2fetc/passwd'],
    ['/%2e%2e/%2e%2e/etc/passwd'],
  ]
  for (const [path, asked] of cases) {
    const answer = await ask(world.base, path, asked)
    statuses.add(answer.status)
    faults.push(...faultsOf(`${asked?.method ?? 'GET'} ${path}`, answer))
  }
  // Where the services are slow the browser finds out by itself, from a page that is 200.
  const moved = await until(async () => {
    const answer = await ask(world.base, '/product/by-id/100')
    return answer.status === 302 ? answer : undefined
  }, 20)
  faults.push(...faultsOf('to another address', moved))
  statuses.add(moved.status)
  assert.deepEqual(faults, [])
  assert.deepEqual(
    [200, 302, 404, 405].filter((it) => !statuses.has(it)),
    [],
  )
})
