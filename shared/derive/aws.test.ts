import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse } from 'yaml'
import { buildService } from '../../esbuild.config.mjs'
import { services } from '../../functions/catalog.ts'
import type { Service } from '../http/service.ts'
import { templateProblems } from '../testing/cloudformation.ts'
import { checkSize, MOST_RESOURCES, samTemplate, samText } from './aws.ts'
import { pascal } from './aws-parts.ts'
import { sameShapes, shapeOf } from './same-shapes.ts'

type Resource = { Type: string; Properties: Record<string, unknown> }
const template = samTemplate(services)
const resources = template.Resources as Record<string, Resource>
const ofType = (type: string) => Object.entries(resources).filter(([, it]) => it.Type === type)

const folder = mkdtempSync(join(tmpdir(), 'souk-aws-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('the template is what the public specification of its resources takes', async () => {
  assert.deepEqual(await templateProblems(template), [])
})

test('the same check finds what is wrong', async () => {
  const mistype = structuredClone(template)
  const route = ofType('AWS::ApiGatewayV2::Route')[0]?.[0] ?? ''
  ;(mistype.Resources[route] as Resource).Properties = { ApiId: { Ref: 'AuthApi' }, Routekey: 'x' }
  assert.deepEqual(await templateProblems(mistype), [
    `${route}.Routekey: unknown`,
    `${route}.RouteKey: missing`,
  ])
  const wrongType = structuredClone(template)
  ;(wrongType.Resources.AuthGetMe as Resource).Properties.Timeout = 'thirty'
  ;(wrongType.Resources.AuthGetMe as Resource).Properties.Role = { 'Fn::GetAtt': ['Gone', 'Arn'] }
  assert.deepEqual(await templateProblems(wrongType), [
    'AuthGetMe.Timeout: not number',
    '.Resources.AuthGetMe.Properties.Role: no Gone',
  ])
})

test('the file says the same as the template', () => {
  const intrinsic = (name: string, read = (text: string): unknown => text) => ({
    tag: `!${name}`,
    resolve: (text: string) => ({ [name === 'Ref' ? name : `Fn::${name}`]: read(text) }),
  })
  const customTags = [
    intrinsic('Ref'),
    intrinsic('Sub'),
    intrinsic('GetAtt', (text) => {
      const [name, ...attribute] = text.split('.')
      return [name, attribute.join('.')]
    }),
  ]
  assert.deepEqual(parse(samText(services), { customTags }), JSON.parse(JSON.stringify(template)))
})

test('each API has the routes of its service in the catalog, and no other', () => {
  for (const service of services) {
    const api = `${pascal(service.name)}Api`
    const routes = ofType('AWS::ApiGatewayV2::Route')
      .map(([, { Properties }]) => Properties)
      .filter((it) => (it.ApiId as { Ref: string }).Ref === api)
      .map((it) => String(it.RouteKey))
    const wanted = Object.values(service.endpoints).map(({ contract }) =>
      shapeOf(contract.method, contract.path),
    )
    const shapes = routes.map((it) => it.replace(/\{\w+\}/g, '{}')).sort()
    assert.deepEqual(shapes, ['$default', ...new Set(wanted)].sort())
    // API Gateway refuses a route that ends in a slash, and a named stage would enter the path.
    for (const route of routes) assert.doesNotMatch(route, /.\/$/)
  }
  for (const [, { Properties }] of ofType('AWS::ApiGatewayV2::Stage'))
    assert.equal(Properties.StageName, '$default')
})

test('every route leads to the function of its endpoint, or to one that chooses', () => {
  for (const service of services) {
    const chosen = new Map(
      sameShapes(service).flatMap((it) => it.keys.map((key) => [key, it.name])),
    )
    for (const [key, { contract }] of Object.entries(service.endpoints)) {
      const name = (chosen.get(key) ?? contract.name).replace(/^lambda-/, '')
      const id = `${pascal(service.name)}${pascal(name)}`
      const route = resources[`${id}Route`]?.Properties
      const { method, path } = contract
      assert.equal(
        String(route?.RouteKey).replace(/\{\w+\}/g, '{}'),
        shapeOf(method, path),
        contract.name,
      )
      const integration = resources[`${id}Integration`]?.Properties
      assert.deepEqual(integration?.IntegrationUri, { 'Fn::GetAtt': [id, 'Arn'] })
      const own = resources[`${pascal(service.name)}${pascal(contract.name)}`]?.Properties
      assert.equal(own?.Handler, `${contract.name}.handler`)
      assert.equal(own?.MemorySize ?? 256, contract.memory ?? 256)
      assert.equal(own?.Timeout ?? 30, contract.timeout)
      assert.equal(own?.ReservedConcurrentExecutions, contract.concurrency)
    }
  }
})

test('what a handler names is in the built folder', async () => {
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'))
  for (const service of services) await buildService(service, join(folder, service.name))
  for (const [id, { Properties }] of ofType('AWS::Serverless::Function')) {
    const [file, name] = String(Properties.Handler).split('.')
    const path = join(folder, String(Properties.CodeUri).replace('../../dist/', ''), `${file}.mjs`)
    assert.ok(existsSync(path), `${id}: ${path}`)
    assert.equal(name, 'handler')
  }
})

test('no secret is in the template, each service reads its own alone', () => {
  assert.doesNotMatch(
    samText(services),
    /postgres:\/\/\S*@|^\s+(SECRET_KEY|EDGE_KEY|SU_PASSWORD|DB_CONNECTION_STRING):/m,
  )
  for (const service of services) {
    const role = JSON.stringify(resources[`${pascal(service.name)}Role`])
    for (const { name } of services)
      assert.equal(role.includes(`${pascal(name)}DatabaseSecret`), name === service.name)
  }
})

test('a template that outgrows its stack is refused, and how to part it is said', () => {
  const many = (name: string): Service => {
    const contract = { ...services[0].endpoints.getMe.contract, service: name }
    const endpoints = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [
        `e${at}`,
        { contract: { ...contract, name: `e${at}`, path: `/api/v1/${name}/e${at}/` }, handler },
      ]),
    )
    return { ...services[0], name, endpoints } as unknown as Service
  }
  const handler = services[0].endpoints.getMe.handler
  const three = ['one', 'two', 'three'].map(many)
  assert.throws(
    () => samTemplate(three),
    /would have 5\d\d resources; at most 450 .* 2 stacks.*: one \+ two; three/,
  )
  assert.ok(Object.keys(template.Resources).length < MOST_RESOURCES)
  const greedy = structuredClone({ Resources: template.Resources })
  for (const id of ['AuthGetMe', 'AuthListUsers'])
    (greedy.Resources[id] as Resource).Properties.ReservedConcurrentExecutions = 500
  assert.throws(() => checkSize(services, greedy), /reserve 1\d{3} calls at once/)
})
