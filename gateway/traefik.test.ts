import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import * as z from 'zod'
import { services } from '../functions/catalog.ts'
import { tags } from '../shared/derive/traefik.ts'
import { dynamicKeys, staticKeys } from './traefik-keys.vectors.ts'

const here = import.meta.dirname
const load = (file: string): unknown =>
  parse(readFileSync(join(here, file), 'utf8'), { merge: true }) ?? {}
const dynamicFiles = readdirSync(join(here, 'dynamic'))
const plain = load('traefik.yml')
const secure = load('traefik.tls.yml')

/** Parts of a configuration whose keys are names given by us. */
const NAMED =
  /(^|\.)(entrypoints|names|certificatesresolvers|routers|services|middlewares|serverstransports|customrequestheaders|customresponseheaders|stores|options|statusrewrites)$/

/** Every key that has a value, in lower case, names as `*`. */
function keysOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value) && value.some((it) => typeof it === 'object'))
    return value.flatMap((it) => keysOf(it, path))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  const entries = Object.entries(value)
  if (entries.length === 0) return [path]
  return entries.flatMap(([key, it]) => {
    const name = NAMED.test(path) ? '*' : key.toLowerCase()
    return keysOf(it, path === '' ? name : `${path}.${name}`)
  })
}

function isKnown(key: string, known: readonly string[]): boolean {
  return known.includes(key) || known.some((it) => it.startsWith(`${key}.`))
}

const Static = z.looseObject({
  entryPoints: z.record(
    z.string(),
    z.looseObject({
      address: z.string(),
      forwardedHeaders: z.undefined().optional(),
      http: z
        .looseObject({
          encodedCharacters: z.record(z.string(), z.boolean()).default({}),
          maxHeaderBytes: z.int().optional(),
        })
        .default({ encodedCharacters: {} }),
      transport: z.object({
        respondingTimeouts: z.object({ readTimeout: z.string(), idleTimeout: z.string() }),
        lifeCycle: z.object({ requestAcceptGraceTimeout: z.string(), graceTimeOut: z.string() }),
      }),
    }),
  ),
  api: z.object({ dashboard: z.boolean(), insecure: z.literal(false) }),
  providers: z.looseObject({
    providersThrottleDuration: z.string(),
    consulCatalog: z.object({
      exposedByDefault: z.literal(false),
      watch: z.literal(true),
      strictChecks: z.tuple([z.literal('passing'), z.literal('warning'), z.literal('critical')]),
      endpoint: z.object({ address: z.string() }),
    }),
  }),
})

const Router = z.object({
  rule: z.string(),
  entryPoints: z.array(z.string()),
  priority: z.int().optional(),
  middlewares: z.array(z.string()).default([]),
  service: z.string(),
})
const Middleware = z.looseObject({
  chain: z.object({ middlewares: z.array(z.string()) }).optional(),
  buffering: z.object({ maxRequestBodyBytes: z.int() }).loose().optional(),
  retry: z
    .looseObject({
      attempts: z.int(),
      initialInterval: z.string(),
      status: z.array(z.string()),
      retryNonIdempotentMethod: z.boolean().optional(),
    })
    .optional(),
})
const Http = z.object({
  routers: z.record(z.string(), Router).default({}),
  middlewares: z.record(z.string(), Middleware).default({}),
  services: z.record(z.string(), z.looseObject({})).default({}),
  serversTransports: z
    .record(
      z.string(),
      z.object({
        maxIdleConnsPerHost: z.int(),
        forwardingTimeouts: z.record(z.string(), z.string()),
      }),
    )
    .default({}),
})
const parts = dynamicFiles.map(
  (file) => z.looseObject({ http: Http.optional() }).parse(load(`dynamic/${file}`)).http,
)
const routers = Object.assign({}, ...parts.map((it) => it?.routers)) as Record<
  string,
  z.output<typeof Router>
>
const middlewares = Object.assign({}, ...parts.map((it) => it?.middlewares)) as Record<
  string,
  z.output<typeof Middleware>
>
const transports = Object.assign({}, ...parts.map((it) => it?.serversTransports)) as NonNullable<
  (typeof parts)[number]
>['serversTransports']

describe('Traefik', () => {
  test('every key is one that it knows', () => {
    for (const file of [plain, secure])
      for (const key of keysOf(file)) assert.ok(isKnown(key, staticKeys), key)
    for (const file of dynamicFiles)
      for (const key of keysOf(load(`dynamic/${file}`)))
        if (key !== '') assert.ok(isKnown(key, dynamicKeys), `${file}: ${key}`)
    for (const service of services)
      for (const tag of tags(service)) {
        const key = tag.slice('traefik.'.length, tag.indexOf('='))
        const general = key.replace(/^(http\.(?:routers|services))\.[^.]+/, '$1.*').toLowerCase()
        assert.ok(general === 'enable' || isKnown(general, dynamicKeys), tag)
      }
  })

  test('the check of keys sees a wrong one', () => {
    const wrong = keysOf({ http: { middlewares: { x: { retry: { attemps: 3 } } } } })
    assert.deepEqual(wrong, ['http.middlewares.*.retry.attemps'])
    assert.equal(isKnown(wrong[0] ?? '', dynamicKeys), false)
    assert.equal(isKnown('http.routers.*.entrypoints', dynamicKeys), true)
  })

  test('what the tags name is there', () => {
    const { entryPoints } = Static.parse(plain)
    for (const service of services) {
      assert.equal(entryPoints[service.name]?.address, `:${service.port}`)
      for (const tag of tags(service)) {
        const [key = '', value = ''] = tag.split('=')
        if (key.endsWith('.entrypoints'))
          for (const it of value.split(',')) assert.ok(it in entryPoints, tag)
        if (key.endsWith('.middlewares')) assert.ok(value.replace('@file', '') in middlewares, tag)
        if (key.endsWith('.serverstransport'))
          assert.ok(value.replace('@file', '') in transports, tag)
      }
    }
  })

  for (const [name, file] of Object.entries({ plain, secure }))
    test(`${name}: no doubtful characters, no trust in forwarded headers, limits everywhere`, () => {
      const { entryPoints } = Static.parse(file)
      for (const [id, { http, transport }] of Object.entries(entryPoints)) {
        assert.equal(transport.respondingTimeouts.readTimeout, '30s')
        if (id === 'consul') continue
        assert.deepEqual(http.encodedCharacters, {
          allowEncodedSlash: false,
          allowEncodedBackSlash: false,
          allowEncodedNullCharacter: false,
        })
        if (id === 'web' || services.some((it) => it.name === id))
          assert.equal(http.maxHeaderBytes, 16_384, id)
      }
    })

  test('with TLS it differs by what TLS needs, and by nothing else', () => {
    const one = Static.parse(plain)
    const { certificatesResolvers, ...other } = Static.parse(secure)
    assert.ok(certificatesResolvers)
    const { web, plain: redirect, ...rest } = other.entryPoints
    const { web: before, ...same } = one.entryPoints
    assert.deepEqual(rest, same)
    assert.deepEqual(
      { ...web, address: ':80', http: { ...web?.http, tls: undefined } },
      {
        ...before,
        http: { ...before?.http, tls: undefined },
      },
    )
    assert.equal(web?.address, ':443')
    assert.partialDeepStrictEqual(redirect, {
      address: ':80',
      http: { redirections: { entryPoint: { to: 'web', scheme: 'https', permanent: true } } },
    })
    assert.deepEqual({ ...other, entryPoints: {} }, { ...one, entryPoints: {} })
  })

  test('what no service owns has the last word, and only there', () => {
    for (const [name, { rule, priority }] of Object.entries(routers))
      assert.equal(rule === 'PathPrefix(`/`)', priority === 1, name)
    const covered = Object.values(routers).flatMap((it) =>
      it.priority === 1 ? it.entryPoints : [],
    )
    assert.deepEqual(covered.sort(), ['web', ...services.map((it) => it.name)].sort())
  })

  test('consoles answer on their own ports, to this machine by name', () => {
    for (const [name, { rule, entryPoints, priority }] of Object.entries(routers)) {
      if (priority === 1) continue
      assert.match(rule, /^\(?Host\(`localhost`\) \|\| Host\(`127\.0\.0\.1`\)\)?/, name)
      assert.ok(entryPoints.every((it) => it === 'traefik' || it === 'consul'))
    }
  })

  test('requests pass every limit, and the breaker sees what is left after retries', () => {
    const order = middlewares.api?.chain?.middlewares ?? []
    assert.deepEqual(order, [
      'headers',
      'problems',
      'rate',
      'inflight',
      'body',
      'zip',
      'breaker',
      'again',
    ])
    const used = Object.values(middlewares).flatMap((it) => it.chain?.middlewares ?? [])
    for (const name of used) assert.ok(name in middlewares, name)
    // A picture of 5 MB with its form.
    assert.ok((middlewares.body?.buffering?.maxRequestBodyBytes ?? 0) > 5.5 * 1024 * 1024)
    const keyed = middlewares['api-keyed']?.chain?.middlewares ?? []
    assert.deepEqual(keyed, [...order.slice(0, -1), 'again-keyed'])
    const again = middlewares.again?.retry
    assert.deepEqual(again?.status, ['502'])
    assert.equal(again?.retryNonIdempotentMethod, undefined)
    assert.deepEqual(middlewares['again-keyed']?.retry, {
      ...again,
      retryNonIdempotentMethod: true,
    })
  })

  test('all attempts together take longer than a dead instance takes to be found out', () => {
    const { attempts = 0, initialInterval = '' } = middlewares.again?.retry ?? {}
    // Each wait is longer than the one before, to twice the first.
    const atLeast = (attempts - 1) * Number.parseInt(initialInterval, 10)
    const checks = services.flatMap(tags).filter((it) => it.includes('healthcheck.interval='))
    assert.equal(checks.length, services.length)
    for (const it of checks) assert.match(it, /=1s$/)
    assert.ok(atLeast * 1.3 > 950, `${atLeast} ms`)
  })

  test('it closes idle connections before Node does', () => {
    const seconds = Number.parseInt(transports.node?.forwardingTimeouts.idleConnTimeout ?? '', 10)
    const host = readFileSync(join(here, '../shared/runtime/host.ts'), 'utf8')
    const server = readFileSync(join(here, 'gateway.ts'), 'utf8')
    const kept = [/KEEP_ALIVE = ([\d_]+)/.exec(host), /keepAliveTimeout: ([\d_]+)/.exec(server)]
    for (const it of kept) assert.ok(Number(it?.[1]?.replace('_', '')) >= (seconds + 10) * 1000)
  })

  test('a reload is through before a leaving service closes', () => {
    const { providers } = Static.parse(plain)
    assert.equal(providers.providersThrottleDuration, '1s')
    const run = readFileSync(join(here, '../functions/run.ts'), 'utf8')
    assert.match(run, /DRAIN_SECONDS = 5\b/)
  })
})
