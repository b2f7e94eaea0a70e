import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import * as z from 'zod'
import { services } from '../functions/catalog.ts'

const root = join(import.meta.dirname, '..')
const load = (file: string): unknown =>
  parse(readFileSync(join(root, file), 'utf8').replaceAll('!override', ''), { merge: true })

const Part = z.looseObject({
  image: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  command: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  ports: z.array(z.string()).default([]),
  networks: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
})
const Compose = z.looseObject({ services: z.record(z.string(), Part) })
const base = Compose.parse(load('docker-compose.yml')).services
const traced = Compose.parse(load('gateway/tracing.compose.yml')).services
const secure = Compose.parse(load('gateway/tls.compose.yml')).services

describe('files laid over docker-compose.yml', () => {
  test('they change what is there; only Jaeger is new', () => {
    const fresh = [traced, secure].flatMap((it) => Object.keys(it).filter((name) => !base[name]))
    assert.deepEqual(fresh, ['jaeger'])
  })

  test('the gateway runs and is looked at by the file that setup writes', () => {
    for (const { gateway } of [traced, secure]) {
      const file = '--configFile=/run/souk/traefik.yml'
      assert.deepEqual(gateway?.command, [file])
      assert.deepEqual(gateway?.healthcheck?.test, ['CMD', 'traefik', 'healthcheck', file])
    }
    assert.match(
      traced.setup?.environment.GATEWAY_TEMPLATE ?? '',
      /^\/app\/traefik\.\$\{DOMAIN:\+tls\.\}yml$/,
    )
    assert.equal(secure.setup?.environment.GATEWAY_TEMPLATE, '/app/traefik.tls.yml')
    for (const [overlay, name] of [
      [traced, 'traefik.yml'],
      [secure, 'traefik.tls.yml'],
    ] as const)
      assert.ok(overlay.setup?.volumes.includes(`./gateway/${name}:/app/${name}:ro`))
  })

  test('whoever is on the way of a request knows where traces go', () => {
    const told = Object.entries(traced).filter(
      ([, it]) => it.environment.OTEL_EXPORTER_OTLP_ENDPOINT,
    )
    const expected = ['setup', 'storefront', ...services.map((it) => it.name)]
    assert.deepEqual(told.map(([name]) => name).sort(), expected.sort())
    const addresses = new Set(told.map(([, it]) => it.environment.OTEL_EXPORTER_OTLP_ENDPOINT))
    assert.equal(addresses.size, 1)
    assert.match([...addresses].join(), /^\$\{OTEL_EXPORTER_OTLP_ENDPOINT:-http:\/\/jaeger:4318\}$/)
  })

  test('Jaeger is contained as all are, and shows itself to this machine only', () => {
    const { jaeger = {} } = traced
    assert.partialDeepStrictEqual(jaeger, {
      user: '10001:10001',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      ports: ['127.0.0.1:16686:16686'],
      networks: ['mesh', 'consoles'],
    })
    assert.match(z.object({ image: z.string() }).parse(jaeger).image, /:\d+\.\d+\.\d+$/)
    const config = z
      .looseObject({
        receivers: z.object({
          otlp: z.object({ protocols: z.record(z.string(), z.object({ endpoint: z.string() })) }),
        }),
      })
      .parse(load('deploy/monitoring/jaeger.yml'))
    assert.deepEqual(config.receivers.otlp.protocols, { http: { endpoint: '0.0.0.0:4318' } })
  })
})
