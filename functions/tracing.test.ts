import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildGateway, buildService } from '../esbuild.config.mjs'
import { gatewayTable } from '../shared/derive/gateway.ts'
import { testDatabase } from '../shared/testing/database.ts'
import { type Collector, type ReceivedSpan, startCollector } from '../shared/testing/otlp.ts'
import { freePorts } from '../shared/testing/shop.ts'
import { until } from '../shared/testing/until.ts'
import { services as catalog } from './catalog.ts'

// From the gateway to SQL, as it ships: built, each a process of its own.

const NAMES = ['auth', 'product', 'cart']
const services = catalog.filter((it) => NAMES.includes(it.name))
const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'souk-tracing-'))
const stops: (() => Promise<unknown>)[] = []
const environment: Record<string, string> = {
  SECRET_KEY: 'only for this test: Jq8wZr3vXn5tYb7mKd2hPc4sGf6a',
  LOGGING_LVL: 'INFO',
  SU_EMAIL: 'root@example.com',
  SU_PASSWORD: 'correct-horse-battery-staple',
  REDIS_URL: process.env.SOUK_TEST_REDIS ?? '',
  OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=from%20the%20vault',
  OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  GATEWAY_ROUTES: JSON.stringify(gatewayTable(services)),
}
type Output = { inputs: Record<string, unknown>; imports: { path: string; kind: string }[] }
const builds: Record<string, Output>[] = []
const outputsOf = (meta: { outputs: unknown } | undefined) =>
  (meta?.outputs ?? {}) as Record<string, Output>
let collector: Collector
let gateway = ''
let ports: number[] = []

before(async () => {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const it of services) builds.push(outputsOf(await buildService(it, join(folder, it.name))))
  builds.push(outputsOf(await buildGateway(join(folder, 'gateway'))))
  collector = await startCollector()
  stops.push(() => collector.close())
  ports = await freePorts(services.length + 2)
  for (const [at, { name }] of services.entries()) {
    const database = await testDatabase(name)
    stops.push(() => database.drop())
    environment[`DATABASE_URL_${name.toUpperCase()}`] = database.url
    environment[`SERVICE_${name.toUpperCase()}_URL`] = `http://127.0.0.1:${ports[at]}`
  }
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }
  for (const [at, { name }] of services.entries()) run(`${name}/host.mjs`, ports[at] ?? 0, traced)
  run('gateway/main.mjs', ports[services.length] ?? 0, traced)
  gateway = `http://127.0.0.1:${ports[services.length]}`
  for (const at of services.keys()) await up(ports[at] ?? 0)
  await until(() => fetch(gateway).then(Boolean, () => false), 10)
})

after(async () => {
  for (const stop of stops.reverse()) await stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Starts a bundle; the text is what it logs. */
function run(module: string, port: number, env: Record<string, string>) {
  const child: ChildProcess = spawn(process.execPath, [join(folder, module)], {
    cwd: folder,
    env: { ...process.env, ...environment, ...env, PORT: String(port), SOUK_SUPERVISOR: 'none' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  const stop = async () => {
    if (child.exitCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  stops.push(stop)
  return { log: () => text, stop, child }
}

function up(port: number) {
  const ready = () => fetch(`http://127.0.0.1:${port}/readyz`).then((it) => it.ok)
  return until(() => ready().catch(() => false), 20)
}

async function send(method: string, path: string, body?: unknown, headers = {}) {
  const answer = await fetch(gateway + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : {} }
}

/** Signs in and makes a product; its id, and the header that says who asks. */
async function stocked() {
  const signIn = { email: 'root@example.com', password: 'correct-horse-battery-staple' }
  const { body } = await send('POST', '/api/v1/token/', signIn)
  const authorization = `Bearer ${body.access}`
  const lamp = { name: 'Lamp', description: 'Gives light.', price: '12.50', stock_count: 3 }
  const lists = { categories: [], subcategories: [] }
  const made = await send('POST', '/api/v1/products/', { ...lamp, ...lists }, { authorization })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return { id: made.body.id as number, authorization, access: body.access as string }
}

const traceIdOf = (headers: Headers) => headers.get('traceparent')?.split('-')[1] ?? ''

/** Spans of a trace, once what is asked for is among them. Processes send theirs when it suits them. */
async function traceOf(traceId: string, isThere: (spans: ReceivedSpan[]) => boolean) {
  const own = () => collector.spans.filter((it) => it.traceId === traceId)
  await until(() => isThere(own()), 10)
  return own()
}

/** Whether everything hangs on something, up to the gateway. */
function isWhole(spans: readonly ReceivedSpan[]): boolean {
  const known = new Set(spans.map((it) => it.spanId))
  const hangs = (it: ReceivedSpan) => known.has(it.parentSpanId ?? '')
  return (
    spans.some((it) => it.service === 'gateway') && spans.filter((it) => !hangs(it)).length === 1
  )
}

const titled = (span: ReceivedSpan) => `${span.service}: ${span.name}`
const find = (spans: readonly ReceivedSpan[], title: string) =>
  spans.find((it) => titled(it) === title) ?? assert.fail(`no ${title} in ${spans.map(titled)}`)

/** Titles from this span up to the first of its trace. */
function lineOf(spans: readonly ReceivedSpan[], span: ReceivedSpan): string[] {
  const above = spans.find((it) => it.spanId === span.parentSpanId)
  assert.ok(above || !span.parentSpanId, `${titled(span)} hangs on nothing`)
  return above ? [titled(span), ...lineOf(spans, above)] : [titled(span)]
}

test('one request through three processes is one trace, from the gateway to SQL', async () => {
  const { id } = await stocked()
  const added = await send('POST', '/api/v1/cart/add/', { product_id: id, quantity: 2 })
  assert.equal(added.status, 200, JSON.stringify(added.body))
  const traceId = traceIdOf(added.headers)
  const inProduct = (it: ReceivedSpan) =>
    it.service === 'product' && it.attributes['db.system.name'] === 'postgresql'
  const spans = await traceOf(traceId, (all) => all.some(inProduct) && isWhole(all))

  const select = spans.find(inProduct) ?? assert.fail()
  const line = lineOf(spans, select)
  assert.match(line[0] ?? '', /^product: select .*product/)
  assert.deepEqual(line.slice(1), [
    'product: GET /internal/v1/products/',
    'cart: GET product',
    'cart: POST /api/v1/cart/add/',
    'gateway: POST cart',
    'gateway: POST cart',
  ])
  for (const span of spans) lineOf(spans, span)
  assert.equal(spans.filter((it) => !it.parentSpanId).length, 1)

  const server = find(spans, 'cart: POST /api/v1/cart/add/')
  assert.partialDeepStrictEqual(server.attributes, {
    'http.request.method': 'POST',
    'http.route': '/api/v1/cart/add/',
    'http.response.status_code': 200,
    'souk.request_id': added.headers.get('x-request-id'),
  })
  assert.equal(server.resource['deployment.environment.name'], 'test')
  const instances = new Set(spans.map((it) => it.resource['service.instance.id']))
  assert.equal(instances.size, 3)
  for (const { startTimeUnixNano, endTimeUnixNano } of spans)
    assert.ok(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano))
})

test('an event is delivered within the trace of what caused it', async () => {
  const { id, authorization } = await stocked()
  await send('POST', '/api/v1/cart/add/', { product_id: id })
  const change = await send(
    'PATCH',
    `/api/v1/products/${id}/`,
    { price: '9.90' },
    { authorization },
  )
  assert.equal(change.status, 200, JSON.stringify(change.body))
  const taken = 'cart: POST /internal/v1/events/'
  const spans = await traceOf(
    traceIdOf(change.headers),
    (all) => all.some((it) => titled(it) === taken) && isWhole(all),
  )
  assert.deepEqual(lineOf(spans, find(spans, taken)), [
    taken,
    'product: POST cart',
    'product: send product.changed',
    'product: PATCH /api/v1/products/{id}/',
    'gateway: PATCH product',
    'gateway: PATCH product',
  ])
})

test('what failed is marked: a client’s mistake not as a fault of the server', async () => {
  const missing = await send('GET', '/api/v1/products/999999/')
  assert.equal(missing.status, 404)
  const title = 'product: GET /api/v1/products/{id}/'
  const spans = await traceOf(traceIdOf(missing.headers), (all) =>
    all.some((it) => titled(it) === title),
  )
  const { attributes, status } = find(spans, title)
  assert.deepEqual([attributes['error.type'], status.code ?? 0], ['404', 0])
})

test('a caller’s trace goes on, and its word on sampling holds', async () => {
  const mine = 'ab'.repeat(16)
  const header = (flags: string) => ({ traceparent: `00-${mine}-${'cd'.repeat(8)}-${flags}` })
  const taken = await send('GET', '/api/v1/products/?limit=1', undefined, header('01'))
  assert.equal(traceIdOf(taken.headers), mine)
  const spans = await traceOf(mine, (all) => all.some((it) => it.service === 'gateway'))
  assert.ok(spans.some((it) => it.parentSpanId === 'cd'.repeat(8)))

  const not = 'ef'.repeat(16)
  const flags = { traceparent: `00-${not}-${'cd'.repeat(8)}-00` }
  const left = await send('GET', '/api/v1/products/?limit=2', undefined, flags)
  assert.match(left.headers.get('traceparent') ?? '', new RegExp(`^00-${not}-[0-9a-f]{16}-00$`))
  const marker = await send('GET', '/api/v1/products/?limit=3')
  await traceOf(traceIdOf(marker.headers), (all) => all.some((it) => it.service === 'product'))
  assert.equal(collector.spans.filter((it) => it.traceId === not).length, 0)
})

test('an answer from the store is in the trace as that', async () => {
  await send('GET', '/api/v1/products/?limit=7')
  const second = await send('GET', '/api/v1/products/?limit=7')
  const spans = await traceOf(traceIdOf(second.headers), (all) =>
    all.some((it) => it.service === 'product' && it.kind === 2),
  )
  const { attributes } = find(spans, 'product: GET /api/v1/products/')
  assert.equal(attributes['souk.stored'], true)
})

test('nothing that a user said is in any span, nor what opens doors', async () => {
  const { id, authorization, access } = await stocked()
  const words = ['Xanadu-needle', 'needle@example.org', 'guest-needle', 'comment-needle']
  await send('GET', '/api/v1/products/?search=Xanadu-needle', undefined, {
    cookie: 'other=guest-needle',
    'user-agent': 'Xanadu-needle',
  })
  await send('POST', '/api/v1/token/', { email: 'needle@example.org', password: 'comment-needle' })
  await send('PATCH', `/api/v1/products/${id}/`, { name: 'Xanadu-needle' }, { authorization })
  await send('GET', '/api/v1/comment-needle/?token=guest-needle')
  const marker = await send('GET', '/api/v1/products/?limit=9')
  await traceOf(traceIdOf(marker.headers), (all) => all.length >= 3)
  const text = collector.text()
  const secrets = [environment.SECRET_KEY, environment.SU_PASSWORD, environment.SU_EMAIL, access]
  for (const word of [...words, ...secrets, 'Bearer', 'postgres://', 'redis://'])
    assert.equal(text.includes(word ?? ''), false, word)
  assert.match(text, /"x-collector-key":"from the vault"/)
})

/** Outputs of a build that an entry reaches, by these kinds of imports. */
function reached(all: Record<string, Output>, entry: string, kinds: string[], seen = new Set()) {
  if (seen.has(entry) || !all[entry]) return seen
  seen.add(entry)
  for (const { path, kind } of all[entry].imports)
    if (kinds.includes(kind)) reached(all, path, kinds, seen)
  return seen
}

test('OpenTelemetry is loaded by no function, and by a process only when it is wanted', () => {
  const processes = ['host.mjs', 'main.mjs', 'storefront.mjs']
  // What is no endpoint shares the process' modules: it could load it, and does not.
  const isStep = (name: string) => name === 'migrate.mjs' || name.startsWith('lambda-')
  let found = 0
  for (const all of builds) {
    const sdk = Object.keys(all).filter((it) =>
      Object.keys(all[it]?.inputs ?? {}).some((from) => from.includes('/@opentelemetry/')),
    )
    assert.ok(sdk.length > 0)
    for (const entry of Object.keys(all).filter((it) => /^[^/]*(\/[^/]+)*\.mjs$/.test(it))) {
      if (entry.includes('/chunks/')) continue
      const name = entry.split('/').at(-1) ?? ''
      const kinds = ['import-statement', 'dynamic-import']
      const has = (which: string[]) => sdk.some((it) => reached(all, entry, which).has(it))
      assert.equal(has(kinds.slice(0, 1)), false, `${entry} always loads it`)
      if (!isStep(name)) assert.equal(has(kinds), processes.includes(name), entry)
      found++
    }
  }
  assert.ok(found > 30, `${found} entries`)
})

test('polls and probes are no traces', () => {
  const roots = collector.spans.filter((it) => !it.parentSpanId).map(titled)
  assert.deepEqual(roots.filter((it) => !it.startsWith('gateway: ')).filter(isNoise), [])
})

const isNoise = (title: string) => /readyz|livez|metrics|souk_|select|update|begin/.test(title)

test('a collector that is away costs nothing but its traces, and is heard of once', async () => {
  const [port = 0, away = 0] = await freePorts(2)
  const { log, stop } = run('product/host.mjs', port, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${away}`,
  })
  await up(port)
  const url = `http://127.0.0.1:${port}/api/v1/products/`
  const statuses = new Set<number>()
  const ask = async () => {
    for (let n = 0; n < 20; n++) statuses.add((await fetch(`${url}?offset=${n}`)).status)
    return log().includes('traces cannot be sent')
  }
  await until(ask, 20)
  await until(ask, 20)
  const back = await startCollector(away)
  await until(async () => (await ask()) && back.spans.length > 0, 30)
  await until(() => log().includes('traces are sent again'), 5)
  await stop()
  await back.close()
  assert.deepEqual([...statuses], [200])
  assert.equal(log().split('traces cannot be sent').length - 1, 1, log())
})

test('a collector that hangs keeps nobody, at the end neither', async () => {
  const [port = 0] = await freePorts(1)
  const hanging = await startCollector(0, () => undefined)
  const { stop } = run('product/host.mjs', port, {
    OTEL_EXPORTER_OTLP_ENDPOINT: hanging.endpoint,
  })
  await up(port)
  const url = `http://127.0.0.1:${port}/api/v1/products/?limit=1`
  await until(async () => {
    assert.equal((await fetch(url)).status, 200)
    return hanging.spans.length > 0
  }, 10)
  const began = performance.now()
  for (let n = 0; n < 50; n++) assert.equal((await fetch(url)).status, 200)
  assert.ok(performance.now() - began < 5_000)
  const asked = performance.now()
  await stop()
  assert.ok(performance.now() - asked < 8_000)
  await hanging.close()
})
