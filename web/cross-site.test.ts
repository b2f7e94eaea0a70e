import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { Person } from '../functions/auth/testing/house.ts'
import { freePorts } from '../shared/testing/shop.ts'
import { until } from '../shared/testing/until.ts'
import { attack, operations } from './testing/attacks.ts'
import { openWorld, signIn, type Visit, type World } from './testing/world.ts'

let world: World
let victim: Person
let attacker: Person
/** Another port of the same site, to which cookies go along; another site; one that is allowed. */
let origins: { sibling: string; stranger: string; friend: string }
const servers: ReturnType<typeof createServer>[] = []

before(
  async () => {
    const [one = 0, two = 0] = await freePorts(2)
    for (const port of [one, two]) {
      const server = createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' })
        response.end('<!doctype html><title>Elsewhere</title><body></body>')
      })
      await new Promise<void>((resolve) => server.listen(port, resolve))
      servers.push(server)
    }
    origins = {
      sibling: `http://localhost:${one}`,
      stranger: `http://127.0.0.1:${one}`,
      friend: `http://localhost:${two}`,
    }
    world = await openWorld({ ALLOWED_ORIGINS: origins.friend })
    ;[victim, attacker] = await Promise.all([
      world.house.guest({ superuser: true }),
      world.house.guest(),
    ])
  },
  { timeout: 60_000 },
)
after(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await world.close()
})

/** Somebody with all rights who is signed in, and beside that holds a guest's cart. */
async function signedIn(): Promise<Visit> {
  const visit = await world.visit()
  const { page } = visit
  await signIn(page, victim)
  await page.locator('.danger').waitFor()
  assert.equal(await post(page, '/api/v1/cart/add/', { product_id: 2, quantity: 3 }), 200)
  const cookies = await visit.context.cookies([
    `${world.base}/api/v1/token/`,
    `${world.base}/api/v1/cart/`,
  ])
  assert.deepEqual(cookies.map((it) => it.name).sort(), ['souk_guest', 'souk_refresh'])
  return visit
}

function post(page: Page, path: string, body: object): Promise<number> {
  return page.evaluate(
    async ({ path, body }) => {
      const headers = { 'content-type': 'application/json' }
      return (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).status
    },
    { path, body },
  )
}

/** What every table of every service holds, but for what counts requests and reads. */
async function everything(): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of ['auth', 'product', 'cart', 'review']) {
    const rows = await world.house.shop.db(name).sql<{ table: string; content: string }>`
      select table_name as "table", md5(query_to_xml(format(
        'select t::text from %I t order by 1', table_name), true, false, '')::text) as content
      from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE'
        and table_name not in ('product_count', 'product_total', 'souk_outbox')`
    for (const row of rows) found[`${name}.${row.table}`] = row.content
  }
  assert.ok(Object.keys(found).length > 20)
  return found
}

for (const from of ['sibling', 'stranger'] as const)
  test(`a page of a ${from} changes nothing and reads nothing, in whatever way it asks`, async () => {
    const { context } = await signedIn()
    const reviews = await world.house.call('GET', '/api/v1/reviews/1/')
    const ids = {
      id: '1',
      product_id: '2',
      review_id: String(reviews.body.results[0].id),
      'get-user:id': victim.id,
      'update-user:id': victim.id,
      'delete-user:id': victim.id,
      'act-on-user:id': victim.id,
    }
    const credentials = { email: attacker.email, password: attacker.password }
    const all = operations(world.base, ids, {
      'create-token': credentials,
      'refresh-token': {},
      'revoke-token': {},
      'add-to-cart': { product_id: 2, quantity: 1 },
    })
    assert.ok(all.length >= 50, `${all.length} operations`)
    const page = await context.newPage()
    await page.goto(origins[from])
    const statuses = new Map<string, number>()
    page.on('response', (it) => {
      const method = it.request().method()
      if (!it.url().startsWith(world.base)) return
      const kind = `${method === 'GET' || method === 'OPTIONS' ? method : 'change'} ${it.status()}`
      statuses.set(kind, (statuses.get(kind) ?? 0) + 1)
    })
    const before = await everything()
    const readable = await page.evaluate(attack, all)
    await page.waitForLoadState('networkidle')
    console.log(`${all.length} operations from a ${from}:`, Object.fromEntries(statuses))
    assert.deepEqual(readable, [])
    assert.deepEqual(await everything(), before)
    const changed = [...statuses.keys()].filter((it) => /^change [123]/.test(it))
    assert.deepEqual(changed, [])
    // They did arrive, and were refused by the services.
    const refused = [...statuses].filter(([it]) => /^change 4(01|03|15)/.test(it))
    assert.ok(refused.reduce((sum, [, times]) => sum + times, 0) >= 30)

    // A page that takes the whole window has no more to say.
    for (const path of ['token/refresh/?cookie=1', 'token/revoke/?cookie=1', 'cart/add/']) {
      await page.goto(origins[from])
      await page.evaluate((action) => {
        const form = document.createElement('form')
        Object.assign(form, { action, method: 'post', enctype: 'text/plain' })
        const input = document.createElement('input')
        Object.assign(input, { name: '{"product_id":2,"x":"', value: '"}' })
        form.append(input)
        document.body.append(form)
        form.submit()
      }, `${world.base}/api/v1/${path}`)
      await page.waitForURL(`${world.base}/api/v1/${path}`)
    }
    assert.deepEqual(await everything(), before)
    await context.close()
  })

test('the same calls do change the shop when its own pages make them', async () => {
  const { page, context } = await signedIn()
  const before = await everything()
  assert.equal(await post(page, '/api/v1/cart/add/', { product_id: 2, quantity: 1 }), 200)
  const then = await everything()
  assert.notEqual(then['cart.cart_line'], before['cart.cart_line'])
  assert.equal(await post(page, '/api/v1/token/refresh/?cookie=1', {}), 200)
  assert.notEqual((await everything())['auth.session'], then['auth.session'])
  await context.close()
})

test('no page of another origin can frame the shop or hold its window', async () => {
  const { page, context } = await world.visit()
  await page.goto(origins.stranger)
  await page.evaluate(async (base) => {
    await Promise.all(
      ['/', '/cart', '/api/v1/products/1/', '/api/schema/swagger-ui/'].map((path) => {
        const frame = document.createElement('iframe')
        frame.src = base + path
        document.body.append(frame)
        return new Promise((resolve) => {
          frame.onload = resolve
        })
      }),
    )
  }, world.base)
  const shown = page.frames().filter((it) => it !== page.mainFrame())
  assert.equal(shown.length, 4)
  await until(() => shown.every((it) => /^chrome-error:/.test(it.url())), 20)
  const [popup] = await Promise.all([
    context.waitForEvent('page'),
    page.evaluate(
      (base) => void Object.assign(globalThis, { held: window.open(base) }),
      world.base,
    ),
  ])
  await popup.locator('h1').waitFor()
  assert.equal(await popup.evaluate(() => window.opener), null)
  const closed = () => page.evaluate(() => (globalThis as unknown as { held: Window }).held.closed)
  assert.equal(await closed(), true, 'for its opener the window is gone')
  await context.close()
})

type Init = {
  method?: string
  headers?: Record<string, string>
  body?: string
  credentials?: 'include'
}

/** Runs in a page: what it can read of an answer, or `refused`. */
async function reads(given: { url: string; init: Init }): Promise<string> {
  try {
    const answer = await fetch(given.url, given.init)
    const text = await answer.text()
    return `${answer.status} ${answer.headers.get('etag') ? 'tagged ' : ''}${text}`
  } catch {
    return 'refused'
  }
}

test('an allowed origin reads, signs in and writes; credentials go along to the token alone', async () => {
  const { page, context } = await world.visit()
  await page.goto(origins.friend)
  const ask = (path: string, init: Init = {}) =>
    page.evaluate(reads, { url: `${world.base}/api/v1/${path}`, init })
  const json = (method: string, body: object, more: Record<string, string> = {}): Init => ({
    method,
    headers: { 'content-type': 'application/json', ...more },
    body: JSON.stringify(body),
  })
  assert.match(await ask('products/1/'), /^200 tagged \{"id":1,/)
  assert.equal(await ask('products/1/', { credentials: 'include' }), 'refused')
  assert.match(await ask('products/2000000000/'), /^404 .*"code":"not_found"/)
  const credentials = { email: attacker.email, password: attacker.password }
  const entered = await ask('token/?cookie=1', {
    ...json('POST', credentials),
    credentials: 'include',
  })
  assert.match(entered, /^200 \{"access":"/)
  const renewed = await ask('token/refresh/?cookie=1', {
    ...json('POST', {}),
    credentials: 'include',
  })
  assert.match(renewed, /^200 \{"access":"/)
  const { access }: { access: string } = JSON.parse(renewed.slice(4))
  const bearer = { authorization: `Bearer ${access}` }
  assert.match(await ask('users/me/', { headers: bearer }), /^200 .*"username"/)
  const add = json('POST', { product_id: 2 }, { ...bearer, 'idempotency-key': 'of-a-friend' })
  assert.match(await ask('cart/add/', add), /^200 .*"status":"success"/)
  assert.match(await ask('cart/items/2/', json('PATCH', { quantity: 5 }, bearer)), /^200 /)
  assert.equal(await ask('users/me/', { headers: { ...bearer, 'x-other': '1' } }), 'refused')
  await context.close()
})

test('whoever only looks like an allowed origin is not', async () => {
  const { friend } = origins
  const others = [
    ...['null', '', `${friend}0`, friend.slice(0, -1), `${friend}.evil.example`, `${friend}/`],
    ...[friend.replace('http:', 'https:'), friend.toUpperCase(), `http://evil.example/#${friend}`],
    ...[friend.replace('localhost', 'localhost.'), `${friend} ${friend}`, `${friend},null`, '*'],
    ...[origins.sibling, origins.stranger],
  ]
  for (const origin of others)
    for (const [method, path] of [
      ['GET', 'products/1/'],
      ['GET', 'products/2000000000/'],
      ['POST', 'token/refresh/?cookie=1'],
      ['OPTIONS', 'cart/add/'],
    ] as const) {
      const headers = { origin, 'access-control-request-method': 'POST' }
      const answer = await fetch(`${world.base}/api/v1/${path}`, { method, headers })
      await answer.text()
      const what = `${method} ${path} from ${origin}: ${answer.status}`
      assert.equal(answer.headers.get('access-control-allow-origin'), null, what)
      assert.equal(answer.headers.get('access-control-allow-credentials'), null, what)
      assert.match(answer.headers.get('vary') ?? '', /origin/i, what)
    }
})
