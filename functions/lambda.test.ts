import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { buildService } from '../esbuild.config.mjs'
import { toEvent } from '../shared/runtime/event.ts'
import { type Host, startHost } from '../shared/runtime/host.ts'
import type { Recorded } from '../shared/runtime/recent.ts'
import { fromResult } from '../shared/runtime/result.ts'
import { type TestDatabase, testDatabase } from '../shared/testing/database.ts'
import { type Lambda, type LambdaOptions, startLambda } from '../shared/testing/lambda.ts'
import { product } from './product/service.ts'

/** Beside the libraries, so that those that are not bundled are found. */
const taskRoot = join(import.meta.dirname, '../node_modules/.cache', `souk-lambda-${process.pid}`)

let database: TestDatabase
let host: Host
const started: Lambda[] = []

before(async () => {
  process.env.LOGGING_LVL ??= 'ERROR'
  ;[database] = await Promise.all([testDatabase('product'), buildService(product, taskRoot)])
  host = await startHost({ services: [product], port: 0, address: '127.0.0.1', debug: true })
  await database.db.sql`insert into category (name) values ('Tea')`.run()
})
after(async () => {
  await Promise.all(started.map((it) => it.close()))
  await host.drain()
  await database.drop()
  rmSync(taskRoot, { recursive: true, force: true })
})

async function lambda(name: string, more: Partial<LambdaOptions> = {}): Promise<Lambda> {
  const environment = {
    DATABASE_URL_PRODUCT: database.url,
    SECRET_KEY: process.env.SECRET_KEY ?? '',
    LOGGING_LVL: 'ERROR',
    SERVICE_AUTH_URL: 'http://127.0.0.1:9',
  }
  const it = await startLambda({ taskRoot, handler: `${name}.handler`, environment, ...more })
  started.push(it)
  return it
}

/** What differs from answer to answer, and what the host alone can say. */
const OWN = /^(date|x-request-id|traceparent|x-served-by|server-timing|connection|keep-alive|vary)$/

const requests: [name: string, target: string, init?: RequestInit][] = [
  ['list-products', '/api/v1/products/'],
  ['list-products', '/api/v1/products/?limit=1&search=%C3%A9t%C3%A9&ordering=-price'],
  ['list-products', '/api/v1/products/?limit=none'],
  ['get-product', '/api/v1/products/41/'],
  ['get-product', '/api/v1/products/0/'],
  ['list-categories', '/api/v1/categories/'],
  ['list-categories', '/api/v1/categories/', { headers: { 'if-none-match': '*' } }],
  ['list-categories', '/api/v1/categories/', { method: 'HEAD' }],
  ['create-product', '/api/v1/products/', { method: 'POST', body: '{"name":' }],
]

test('recorded requests get the same bytes from AWS’s runtime as from our host', async () => {
  for (const [name, target, init] of requests) {
    const given = await fetch(`http://127.0.0.1:${host.port}${target}`, init)
    const id = given.headers.get('x-request-id')
    const recorded = await fetch(`http://127.0.0.1:${host.port}/_/events/${id}`)
    assert.equal(recorded.status, 200, `${target} was recorded`)
    const { event, function: called }: Recorded = JSON.parse(await recorded.text())
    assert.equal(called, `souk-product-${name}`)
    const { status, headers, body } = fromResult(await (await lambda(name)).invoke(event))
    const where = `${init?.method ?? 'GET'} ${target}`
    assert.equal(status, given.status, where)
    const sent = init?.method === 'HEAD' ? Buffer.alloc(0) : body
    assert.equal(sent.toString(), Buffer.from(await given.arrayBuffer()).toString(), where)
    const named = Object.fromEntries(headers.filter(([key]) => !OWN.test(key)))
    for (const [key, value] of Object.entries(named))
      if (key !== 'content-length') assert.equal(given.headers.get(key), value, `${where}: ${key}`)
    await started.pop()?.close()
  }
})

function missing(id: number): APIGatewayProxyEventV2 {
  return toEvent({
    method: 'GET',
    rawTarget: `/api/v1/products/${id}/`,
    rawHeaders: ['host', 'localhost', 'x-request-id', `call-${id}`],
    body: undefined,
    sourceIp: '127.0.0.1',
    routeKey: 'GET /api/v1/products/{id}/',
    pathParameters: { id: String(id) },
    protocol: 'HTTP/1.1',
    requestId: `call-${id}`,
    now: Date.now(),
  })
}

for (const concurrency of [1, 64])
  test(`${concurrency} at once: each call gets its own answer`, async () => {
    const it = await lambda('get-product', { concurrency })
    const ids = Array.from({ length: concurrency * 4 + 40 }, (_, at) => 1_000_000 + at)
    const answers = await Promise.all(ids.map((id) => it.invoke(missing(id))))
    for (const [at, id] of ids.entries()) {
      const { status, body } = fromResult(answers[at])
      assert.equal(status, 404)
      const problem = JSON.parse(body.toString())
      assert.equal(problem.instance, `/api/v1/products/${id}/`)
      assert.equal(problem.request_id, `call-${id}`)
    }
  })

test('a view is counted on Lambda too, where no process stays to count it', async () => {
  const { db } = database
  const id = await db.sql`
    with made as (
      insert into product (name, slug, price, user_id)
      values ('Seen', 'seen', 1, gen_random_uuid()) returning id
    ) insert into product_count (product_id) select id from made returning product_id`.text()
  const it = await lambda('get-product')
  const seen = fromResult(await it.invoke(missing(Number(id))))
  assert.equal(seen.status, 200)
  const popularity =
    await db.sql`select popularity from product_count where product_id = ${id}`.text()
  assert.equal(popularity, '1')
})
