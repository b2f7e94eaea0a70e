import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Kit, openKit } from './kit-lab.ts'

let kit: Kit
before(async () => {
  kit = await openKit()
})
after(() => kit.close())

const invoke = (args: string[], input?: string, more?: Record<string, string>) =>
  kit.run(['invoke', ...args], input, more)
const products = '/api/v1/products/'
const tea = JSON.stringify({ name: 'Tea', description: 'Hot.', price: '3.50', stock_count: 2 })
const scratch = (name: string, text: string) => {
  const path = join(kit.environment.SOUK_HOME ?? '', name)
  writeFileSync(path, text)
  return path
}

test('by route: the body alone on standard output, the rest beside it', async () => {
  const { code, out, err } = await invoke(['GET', `${products}?limit=2`])
  assert.equal(code, 0, err)
  assert.deepEqual(JSON.parse(out).results, [])
  assert.match(err, /200 souk-product-list-products in [\d.]+ ms, init \d+ ms/)
  assert.match(err, /content-type: application\/json/)
})

test('GET when there is no body, POST when there is', async () => {
  assert.equal((await invoke([products])).code, 0)
  const made = await invoke([products, '-d', tea, '--as', 'staff'])
  assert.equal(made.code, 0, made.err)
  assert.equal(JSON.parse(made.out).name, 'Tea')
})

test('the body as text, from a file, from the standard input', async () => {
  const file = scratch('tea.json', tea)
  for (const [data, input] of [[tea], [`@${file}`], ['-', tea]] as const) {
    const made = await invoke(['POST', products, '-d', data, '--as', 'staff'], input)
    assert.equal(made.code, 0, made.err)
    assert.match(made.err, /201 souk-product-create-product/)
  }
})

test('a header; a refused one is a usage error', async () => {
  const told = await invoke(['GET', products, '-H', 'X-Request-Id: mine-1'])
  assert.match(told.err, /x-request-id: mine-1/)
  const odd = await invoke(['GET', products, '-H', 'nonsense'])
  assert.equal(odd.code, 2)
  assert.match(odd.err, /nonsense/)
})

test('a form with a file', async () => {
  const form = ['--form', 'name=Lamp', '--form', 'price=9.90', '--form', 'description=Bright']
  const { out } = await invoke(['POST', products, ...form, '--print-event', '--as', 'staff'])
  const event = JSON.parse(out)
  assert.match(event.headers['content-type'], /^multipart\/form-data; boundary=/)
  assert.match(Buffer.from(event.body, 'base64').toString(), /name="price"\r\n\r\n9\.90/)
})

test('by name, with the contract’s example and parameters of one’s own', async () => {
  const { code, out } = await invoke([
    'product/list-products',
    '--param',
    'limit=1',
    '--print-event',
  ])
  assert.equal(code, 0)
  assert.match(JSON.parse(out).rawQueryString, /(^|&)limit=1$/)
  assert.equal((await invoke(['product/get-product', '--param', 'id=2000000000'])).code, 1)
})

test('as a customer, staff, a superuser, an email, another service', async () => {
  for (const who of ['customer', 'staff', 'superuser', 'customer@invoke.example']) {
    const me = await invoke(['GET', '/api/v1/users/me/', '--as', who])
    assert.equal(me.code, 0, me.err)
    assert.equal(JSON.parse(me.out).email, `${who.split('@')[0]}@invoke.example`)
  }
  const nobody = await invoke(['GET', products, '--as', 'nobody@example.com'])
  assert.equal(nobody.code, 1)
  assert.match(nobody.err, /Nobody has the email/)
  const event = {
    id: '0198c2a4-6f1e-7c3b-9d53-2f4a8b1c6e07',
    topic: 'none',
    at: '2026-01-01T00:00:00Z',
    payload: {},
  }
  const heard = await invoke(['cart/receive-event', '-d', JSON.stringify(event), '--as', 'service'])
  assert.equal(heard.code, 0, heard.err)
})

test('events: 2.0 by hand, 1.0, a load balancer’s, from the standard input', async () => {
  const events = [
    { rawPath: products, queryStringParameters: { limit: '1' } },
    {
      httpMethod: 'GET',
      path: products,
      requestContext: {},
      queryStringParameters: { limit: '1' },
    },
    {
      httpMethod: 'GET',
      path: products,
      requestContext: { elb: {} },
      multiValueQueryStringParameters: { limit: ['1'] },
    },
  ]
  for (const event of events) {
    const printed = await invoke(['--event', '-', '--print-event'], JSON.stringify(event))
    assert.equal(JSON.parse(printed.out).rawQueryString, 'limit=1', printed.err)
    const called = await invoke(['--event', scratch('event.json', JSON.stringify(event))])
    assert.equal(called.code, 0, called.err)
  }
  const object = { rawPath: products, requestContext: { http: { method: 'POST' } }, body: { a: 1 } }
  const written = await invoke(['--event', '-', '--print-event'], JSON.stringify(object))
  assert.equal(JSON.parse(written.out).body, '{"a":1}')
  assert.equal((await invoke(['--event', '-'], 'no json')).code, 2)
  assert.equal((await invoke(['--event', '-'], '{}')).code, 2)
})

test('made events are taken; one with a bad field is refused for it', async () => {
  const good = await kit.run(['event', 'product/create-product'])
  assert.equal(good.code, 0, good.err)
  assert.equal((await invoke(['--event', '-', '--as', 'staff'], good.out)).code, 0)
  const bad = await kit.run(['event', 'product/create-product', '--bad', 'price'])
  const refused = await invoke(['--event', '-', '--as', 'staff'], bad.out)
  assert.equal(refused.code, 1)
  assert.equal(JSON.parse(refused.out).errors[0].field, 'price')
  const none = await kit.run(['event', 'product/create-product', '--bad', 'colour'])
  assert.equal(none.code, 2)
  assert.match(none.err, /There is no field colour\. There are: .*price/)
})

test('settings from a file', async () => {
  const file = scratch('some.env', 'LOGGING_LVL=ERROR\n')
  assert.equal((await invoke(['GET', products, '--env-file', file])).code, 0)
  assert.equal((await invoke(['GET', products, '--env-file', `${file}.none`])).code, 2)
})

test('out of time is 4, a function that fails 3', async () => {
  const late = await invoke(['GET', products, '--timeout', '0.001'])
  assert.equal(late.code, 4, late.err)
  assert.equal(JSON.parse(late.out).code, 'timeout')
  // A database that is another service's: the statement fails.
  const wrong = { DATABASE_URL_PRODUCT: kit.environment.DATABASE_URL_AUTH ?? '' }
  const failed = await invoke(['GET', products], '', wrong)
  assert.equal(failed.code, 3, failed.err)
})

test('as one JSON object', async () => {
  const { out } = await invoke(['GET', `${products}2000000000/`, '--json'])
  const { status, headers, body, init } = JSON.parse(out)
  assert.equal(status, 404)
  assert.equal(headers['content-type'], 'application/problem+json')
  assert.equal(body.code, 'not_found')
  assert.ok(init > 0)
})

test('as a curl command', async () => {
  const { code, out } = await invoke(['POST', products, '-d', `{"name":"It's"}`, '--curl'])
  assert.equal(code, 0)
  assert.match(out, /^curl -i -X POST 'http:\/\/localhost:8000\/api\/v1\/products\/' /)
  assert.match(out, /--data-binary '\{"name":"It'\\''s"\}'\n$/)
})

test('many times, with the times told', async () => {
  const { code, err } = await invoke(['GET', products, '--repeat', '40', '--concurrency', '8'])
  assert.equal(code, 0)
  assert.match(err, /40 calls, 8 at once: \d+ a second; p50 [\d.]+ ms, p95 [\d.]+ ms, p99 /)
  assert.match(err, /init \d+ ms, RSS \d+ MB/)
  assert.match(err, /40 × 200/)
})

test('what is not there is answered with what is near', async () => {
  const name = await invoke(['product/list-product'])
  assert.equal(name.code, 2)
  assert.match(name.err, /Near: product\/list-products/)
  const route = await invoke(['GET', '/api/v1/product/'])
  assert.equal(route.code, 1)
  assert.match(route.err, /Near: GET \/api\/v1\/products\//)
  assert.equal(JSON.parse(route.out).code, 'not_found')
})

test('usage', async () => {
  assert.equal((await invoke([])).code, 2)
  assert.equal((await invoke(['GET', products, '--colour'])).code, 2)
  assert.equal((await invoke(['GET', products, '--repeat', 'often'])).code, 2)
  const help = await invoke(['--help'])
  assert.equal(help.code, 0)
  assert.match(help.out, /--concurrency/)
})
