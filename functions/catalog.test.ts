import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import SwaggerParser from '@apidevtools/swagger-parser'
import { Validator } from '@seriousme/openapi-schema-validator'
import type * as z from 'zod'
import { exampleCall } from '../shared/derive/example.ts'
import { openapi, publicContracts } from '../shared/derive/openapi.ts'
import { kebab } from '../shared/http/service.ts'
import { routeTable } from '../shared/runtime/routes.ts'
import { services } from './catalog.ts'

const endpoints = services.flatMap((service) =>
  Object.entries(service.endpoints).map(([key, endpoint]) => ({ service, key, ...endpoint })),
)

test('every endpoint file is in its manifest under its own name', () => {
  for (const service of services) {
    const folder = join(import.meta.dirname, service.name)
    const files = readdirSync(folder)
      .filter((it) => /\.ts$/.test(it) && !/\.test\.ts$/.test(it))
      .filter((it) =>
        /^export const (contract = |\{ contract, )/m.test(readFileSync(join(folder, it), 'utf8')),
      )
    assert.deepEqual(
      Object.keys(service.endpoints)
        .map((it) => `${kebab(it)}.ts`)
        .sort(),
      files.sort(),
      service.name,
    )
  }
})

test('no two endpoints answer the same request', () => {
  for (const service of services) routeTable([service])
  // What is between services has one path in each of them.
  const open = services.map((service) => ({
    ...service,
    endpoints: Object.fromEntries(
      Object.entries(service.endpoints).filter(([, it]) => it.contract.access !== 'service'),
    ),
  }))
  routeTable(open)
  assert.ok(endpoints.length > 0)
})

test('a path lies under a root of its service, or is between services', () => {
  for (const { service, contract } of endpoints) {
    const { path, access } = contract
    const internal = path.startsWith('/internal/v1/')
    assert.equal(internal, access === 'service', `${path}: ${access}`)
    const roots: readonly string[] = service.roots
    const owned = roots.some((root) => `${path}/`.startsWith(`${root}/`))
    assert.ok(owned !== internal, path)
    assert.match(path, /^\/(api\/v1|internal\/v1|\.well-known)\//)
    if (!/\.\w+$|\/\{name\}$/.test(path)) assert.match(path, /\/$/, 'the canonical path ends in /')
  }
})

test('no root lies within another', () => {
  const roots = services.flatMap((it) => [...it.roots] as string[])
  for (const root of roots) {
    assert.match(root, /^\/(api\/v1|\.well-known)\/[a-z0-9./-]*[a-z0-9]$/)
    assert.deepEqual(
      roots.filter((it) => it !== root && `${it}/`.startsWith(`${root}/`)),
      [],
    )
    assert.equal(roots.filter((it) => it === root).length, 1, root)
  }
})

test('names and ports are each one service’s own', () => {
  for (const pick of ['name', 'port'] as const)
    assert.equal(new Set(services.map((it) => it[pick])).size, services.length, pick)
})

for (const service of services) {
  test(`${service.name}: two validators take its OpenAPI document`, async () => {
    const document = openapi(service)
    assert.deepEqual(await new Validator().validate(structuredClone(document)), { valid: true })
    await SwaggerParser.validate(JSON.parse(JSON.stringify(document)))
  })

  test(`${service.name}: every example fits its contract`, () => {
    for (const { contract } of Object.values(service.endpoints)) {
      const call = exampleCall(contract)
      for (const [name, schema] of Object.entries<z.ZodType>(contract.params ?? {}))
        assert.ok(schema.safeParse(call.params[name]).success, `${contract.name}: ${name}`)
      if (contract.query) assert.ok(contract.query.safeParse(call.query).success, contract.name)
      if (contract.body) assert.ok(contract.body.safeParse(call.body).success, contract.name)
    }
  })

  test(`${service.name}: every parameter of a query says what it is`, () => {
    // `price__gte` and `ordering` have words of their own in the document.
    const plain = (name: string) => /__(gte?|lte?)$|^ordering$/.test(name)
    const silent = publicContracts(service).flatMap(({ name, query }) =>
      Object.entries<z.ZodType>(query?.shape ?? {})
        .filter(([key, schema]) => !plain(key) && !schema.meta()?.description)
        .map(([key]) => `${name}: ${key}`),
    )
    assert.deepEqual(silent, [], 'add .meta({ description })')
  })
}
