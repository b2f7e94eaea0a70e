import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { exampleCall } from '../shared/derive/example.ts'
import { gatewayTable, owner } from '../shared/derive/gateway.ts'
import { openapi } from '../shared/derive/openapi.ts'
import { endpointTable } from '../shared/derive/readme.ts'
import type { Service } from '../shared/http/service.ts'
import { invoke } from '../shared/runtime/invoke.ts'

// The promise of CONTRIBUTING: one file, and its name in the manifest; all else follows.

const repository = join(import.meta.dirname, '..')
const root = mkdtempSync(join(tmpdir(), 'souk-scratch-'))
const folder = join(root, 'functions/scratch')

const endpointFile = `
import * as z from 'zod'
import { define } from '../../shared/http/contract.ts'
import { id } from '../../shared/http/params.ts'
import { serve } from '../../shared/http/serve.ts'

export const contract = define({
  method: 'POST',
  path: '/api/v1/scratch/{id}/greet/',
  summary: 'Greet a thing',
  access: 'anyone',
  params: { id: id.integer },
  body: z.strictObject({ name: z.string().min(1).max(20) }),
  reply: z.object({ greeting: z.string() }),
})

export const handler = serve(contract, async ({ params, body }) => ({
  greeting: \`Hello \${body.name}, from \${params.id}\`,
}))
`

const manifest = `
import { service } from '../../shared/http/service.ts'
import * as greetThing from './greet-thing.ts'

export const scratch = service({
  name: 'scratch',
  about: 'For a test.',
  roots: ['/api/v1/scratch'],
  port: 8009,
  needs: [],
  endpoints: { greetThing },
})
`

let services: readonly Service[]

before(async () => {
  process.env.SECRET_KEY ??= 'a key of this test alone, with 32 bytes and more: 7Qz'
  mkdirSync(join(folder, 'schema'), { recursive: true })
  for (const shared of [
    'node_modules',
    'shared',
    'discovery',
    'functions/run.ts',
    'functions/lambda.ts',
  ])
    symlinkSync(join(repository, shared), join(root, shared))
  cpSync(join(repository, 'esbuild.config.mjs'), join(root, 'esbuild.config.mjs'))
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'greet-thing.ts'), endpointFile)
  writeFileSync(join(folder, 'service.ts'), manifest)
  writeFileSync(
    join(root, 'functions/catalog.ts'),
    `import { scratch } from './scratch/service.ts'\nexport const services = [scratch]\n`,
  )
  const catalog = await import(pathToFileURL(join(root, 'functions/catalog.ts')).href)
  services = catalog.services
})

after(() => rmSync(root, { recursive: true, force: true }))

const body = JSON.stringify({ name: 'Ada' })
const headers = { 'content-type': 'application/json', host: 'localhost' }

test('it is routed and invocable', async () => {
  const target = '/api/v1/scratch/7/greet/'
  const reply = await invoke(services, { method: 'POST', target, headers, body })
  assert.deepEqual([reply.status, reply.body.toString()], [200, '{"greeting":"Hello Ada, from 7"}'])
  assert.equal(reply.function, 'souk-scratch-greet-thing')
  const bad = await invoke(services, { method: 'POST', target, headers, body: '{"name":""}' })
  assert.equal(bad.status, 400)
})

test('it is documented, with an example that fits', () => {
  const [scratch] = services
  assert.ok(scratch)
  const document = JSON.parse(JSON.stringify(openapi(scratch)))
  const operation = document.paths['/api/v1/scratch/{id}/greet/'].post
  assert.equal(operation.operationId, 'scratch.greet-thing')
  assert.match(endpointTable(services), /\[greet-thing\]\(scratch\/greet-thing\.ts\)/)
  const endpoint = scratch.endpoints.greetThing
  assert.ok(endpoint)
  assert.equal(endpoint.contract.body?.safeParse(exampleCall(endpoint.contract).body).success, true)
})

test('the gateway sends its path there', () => {
  assert.equal(owner(gatewayTable(services), '/api/v1/scratch/7/greet/'), 'scratch')
})

test('it is a bundle of its own, which answers an event of API Gateway', async () => {
  const { buildService } = await import(pathToFileURL(join(root, 'esbuild.config.mjs')).href)
  const out = join(root, 'dist/scratch')
  await buildService(services[0], out)
  const { handler } = await import(pathToFileURL(join(out, 'greet-thing.mjs')).href)
  const event = {
    version: '2.0',
    routeKey: 'POST /api/v1/scratch/{id}/greet/',
    rawPath: '/api/v1/scratch/7/greet/',
    rawQueryString: '',
    headers,
    pathParameters: { id: '7' },
    requestContext: {
      domainName: 'localhost',
      http: { method: 'POST', path: '/api/v1/scratch/7/greet/', sourceIp: '192.0.2.1' },
    },
    body,
    isBase64Encoded: false,
  }
  const context = { awsRequestId: 'one', getRemainingTimeInMillis: () => 1000 }
  const result = await handler(event, context)
  assert.deepEqual([result.statusCode, result.body], [200, '{"greeting":"Hello Ada, from 7"}'])
})
