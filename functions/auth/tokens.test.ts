import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { amount, measured } from '../../shared/testing/proof.ts'
import {
  anyAddress,
  type House,
  newPassword,
  openHouse,
  type Person,
  patiently,
} from './testing/house.ts'

const ROUNDS = amount(200, 40)

let house: House

before(async () => {
  house = await openHouse([], { ALLOWED_ORIGINS: 'https://shop.example.com' })
})
after(() => house.shop.close())

const path = { token: '/api/v1/token/', refresh: '/api/v1/token/refresh/' }
const refresh = (token: string | undefined, door?: 'host') =>
  house.call('POST', path.refresh, { body: { refresh: token }, ...(door ? { door } : {}) })
const age = (person: Pick<Person, 'refresh'>, column: 'created_at' | 'last_used_at', by: string) =>
  house.shop.db('auth').sql`
    update session set ${house.shop.db('auth').sql.identifier(column)} = now() - ${by}::interval
    where id = ${person.refresh.split('.')[0]}`

test('jose, by the published keys, finds our access tokens good', async () => {
  const ada = await house.person()
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', house.shop.url('host', 'auth')))
  const { payload, protectedHeader } = await jwtVerify(ada.access, keys, {
    issuer: 'souk',
    audience: 'souk',
    typ: 'at+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['exp', 'iat', 'sub', 'sid', 'jti'],
  })
  assert.equal(payload.sub, ada.id)
  assert.equal(Number(payload.exp) - Number(payload.iat), 300)
  assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'kid', 'typ'])
})

test('the key set holds public members only, an ETag and a MAC', async () => {
  for (const target of ['/.well-known/jwks.json', '/.well-known/jwks.json/']) {
    const set = await house.call('GET', target, { door: 'gateway' })
    assert.equal(set.status, 200, target)
    for (const key of set.body.keys)
      assert.deepEqual(Object.keys(key).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    assert.match(set.headers.get('souk-key-set-mac') ?? '', /^[\w-]{43}$/)
    const etag = set.headers.get('etag') ?? ''
    const headers = { 'if-none-match': etag }
    assert.equal((await house.call('GET', target, { headers })).status, 304)
  }
})

test('wrong email, wrong password and inactive get one answer', async () => {
  const [ada, gone] = [await house.person(), await house.person()]
  const { sql } = house.shop.db('auth')
  await sql`update account set is_active = false where id = ${gone.id}`
  const tries = [
    { ...ada, password: newPassword() },
    { email: 'nobody@example.com', password: newPassword() },
    gone,
  ]
  const seen = new Set<string>()
  for (const person of tries) {
    const reply = await house.signIn(person, { from: anyAddress() })
    assert.equal(reply.status, 401)
    assert.equal(reply.body.code, 'bad_credentials')
    assert.equal(reply.headers.get('cache-control'), 'no-store')
    const { request_id: _, ...body } = reply.body
    const headers = [...reply.headers].filter(
      ([name]) => !/^(x-request-id|date|traceparent|server-timing)$/.test(name),
    )
    seen.add(JSON.stringify([body, headers]))
  }
  assert.equal(seen.size, 1, [...seen].join('\n'))
})

test('one account is reached by every spelling of its email', async () => {
  const ada = await house.person()
  for (const email of [ada.email.toUpperCase(), ada.email.replace('@', '\uff20')])
    assert.equal((await house.signIn({ ...ada, email })).status, 200)
})

test('what is no sign-in is refused before anything is hashed', async () => {
  const bad = async (body: unknown, status: number) =>
    assert.equal((await house.call('POST', path.token, { body })).status, status)
  await bad({ email: { $ne: 1 }, password: { $ne: 1 } }, 400)
  await bad({ email: ['a@example.com'], password: 'x' }, 400)
  await bad({ email: 'a@example.com', password: 'x'.repeat(900_000) }, 400)
  await bad({ email: 'a\0@example.com', password: 'x' }, 400)
  const form = await house.call('POST', path.token, {
    bytes: 'email=a%40example.com&password=x',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  assert.equal(form.status, 415)
})

test('a password hashed at another cost is hashed anew at the sign-in', async () => {
  const ada = await house.person()
  const { sql } = house.shop.db('auth')
  const { argon2Sync, randomBytes } = await import('node:crypto')
  const nonce = randomBytes(16)
  const cost = { memory: 1024, passes: 1, parallelism: 1 }
  const tag = argon2Sync('argon2id', { message: ada.password, nonce, tagLength: 32, ...cost })
  const plain = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  const old = `$argon2id$v=19$m=1024,t=1,p=1$${plain(nonce)}$${plain(tag)}`
  await sql`update account set password_hash = ${old} where id = ${ada.id}`
  assert.equal((await house.signIn(ada)).status, 200)
  const row = await sql<{ password_hash: string }>`
    select password_hash from account where id = ${ada.id}`.one()
  assert.match(row?.password_hash ?? '', /m=19456,t=2,p=1/)
  assert.equal((await house.signIn(ada)).status, 200)
})

test(`50 refreshes of one token at once give one successor, ${ROUNDS} rounds`, async (t) => {
  const ada = await house.person()
  let current = ada.refresh
  for (let round = 0; round < ROUNDS; round++) {
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => patiently(() => refresh(current))),
    )
    assert.deepEqual([...new Set(replies.map((it) => it.status))], [200])
    const successors = new Set(replies.map((it) => it.body.refresh))
    assert.equal(successors.size, 1)
    const [next] = successors
    assert.notEqual(next, current)
    current = next
  }
  const { sql } = house.shop.db('auth')
  const row = await sql<{ counter: number }>`
    select counter from session where id = ${current.split('.')[0]}`.one()
  assert.equal(row?.counter, ROUNDS)
  measured(t, `1 successor in each of ${ROUNDS} rounds of 50`)
})

test('a grandparent ends the session, by the next request', async () => {
  const ada = await house.person()
  const one = (await refresh(ada.refresh)).body
  const two = (await refresh(one.refresh)).body
  assert.equal((await house.call('GET', '/api/v1/users/me/', { as: two })).status, 200)
  assert.equal((await refresh(ada.refresh)).status, 401)
  assert.equal((await refresh(two.refresh)).status, 401)
  assert.equal((await house.call('GET', '/api/v1/users/me/', { as: two })).status, 401)
  const root = await house.person({ superuser: true })
  const audit = await house.call('GET', `/api/v1/users/${ada.id}/audit/`, { as: root })
  assert.equal(audit.body.results[0].action, 'refresh_reused')
})

test('a parent is replayed for ten seconds, and after that is a theft', async () => {
  const ada = await house.person()
  const next = (await refresh(ada.refresh)).body.refresh
  await age(ada, 'last_used_at', '9 seconds')
  assert.equal((await refresh(ada.refresh)).body.refresh, next)
  await age(ada, 'last_used_at', '11 seconds')
  assert.equal((await refresh(ada.refresh)).status, 401)
  assert.equal((await refresh(next)).status, 401)
})

test('sessions end 30 days after the sign-in and 14 after the last use', async () => {
  for (const [column, yet, over] of [
    ['created_at', '29 days 23 hours', '30 days 1 second'],
    ['last_used_at', '13 days 23 hours', '14 days 1 second'],
  ] as const) {
    const ada = await house.person()
    await age(ada, column, yet)
    const next = (await refresh(ada.refresh)).body
    assert.ok(next.refresh, column)
    await age(ada, column, over)
    assert.equal((await refresh(next.refresh)).status, 401, column)
    assert.equal((await house.call('GET', '/api/v1/users/me/', { as: next })).status, 401)
  }
})

test('forged and foreign refresh tokens are refused and end nothing', async () => {
  const [ada, bob] = [await house.person(), await house.person()]
  const [sid = '', counter = '', mac = ''] = ada.refresh.split('.')
  const forged = [
    `${sid}.${Number(counter) + 1}.${mac}`,
    `${bob.refresh.split('.')[0]}.${counter}.${mac}`,
    `${sid}.${counter}.${'A'.repeat(43)}`,
    `${randomUUID()}.0.${mac}`,
    `${sid}.00.${mac}`,
    ada.access,
    'x',
  ]
  for (const token of forged) {
    const reply = await refresh(token.slice(0, 200))
    assert.equal(reply.status, 401, token)
    assert.equal(reply.headers.get('cache-control'), 'no-store')
  }
  assert.equal((await refresh(undefined)).status, 400)
  assert.equal((await refresh(ada.refresh)).status, 200)
  const swapped = await house.call('GET', '/api/v1/users/me/', { as: { access: bob.refresh } })
  assert.equal(swapped.status, 401)
})

test('revoking a token ends its session, twice as well as once', async () => {
  const ada = await house.person()
  const revoke = () =>
    house.call('POST', '/api/v1/token/revoke/', { body: { refresh: ada.refresh } })
  assert.equal((await revoke()).status, 204)
  assert.equal((await revoke()).status, 204)
  assert.equal((await refresh(ada.refresh)).status, 401)
  assert.equal((await house.call('GET', '/api/v1/users/me/', { as: ada })).status, 401)
})

test('a user sees their sessions and ends any of them, and nobody else’s', async () => {
  const [ada, bob] = [await house.person(), await house.person()]
  const agent = { 'user-agent': `Firefox ${'x'.repeat(300)}` }
  const second = { ...ada, ...(await house.signIn(ada, { headers: agent })).body }
  const list = await house.call('GET', '/api/v1/users/me/sessions/', { as: second })
  assert.equal(list.body.count, 2)
  const [here, there] = list.body.results
  assert.equal(here.current, true)
  assert.equal(here.user_agent.length, 200)
  assert.equal(there.current, false)
  const end = (as: Person) => house.call('DELETE', `/api/v1/users/me/sessions/${there.id}/`, { as })
  assert.equal((await end(bob)).status, 404)
  assert.equal((await end(second)).status, 204)
  assert.equal((await end(second)).status, 404)
  assert.equal((await refresh(ada.refresh)).status, 401)
  assert.equal((await refresh(second.refresh)).status, 200)
})

test('of 1000 sessions the one used longest ago makes room for the next, and no other', async () => {
  const [ada, bob] = [await house.person(), await house.person()]
  const { sql } = house.shop.db('auth')
  await sql`
    insert into session (id, account_id, user_agent, last_used_at)
    select gen_random_uuid(), ${ada.id}, n, now() - interval '1 day' + n * interval '1 s'
    from generate_series(1, 999) n`
  assert.equal((await house.signIn(ada)).status, 200)
  const rows = await sql<{ user_agent: string }>`
    select user_agent from session where account_id = ${ada.id} order by last_used_at`
  assert.equal(rows.length, 1000)
  assert.equal(rows[0]?.user_agent, '2')
  assert.equal((await refresh(ada.refresh)).status, 200)
  assert.equal((await refresh(bob.refresh)).status, 200)
})

const own = { origin: 'http://localhost', 'sec-fetch-site': 'same-origin' }

test('with cookie=1 the refresh token travels in a cookie alone', async () => {
  const ada = await house.person()
  const body = { email: ada.email, password: ada.password }
  const made = await house.call('POST', `${path.token}?cookie=1`, { body, headers: { ...own } })
  assert.equal(made.status, 200, made.text)
  assert.deepEqual(Object.keys(made.body), ['access'])
  const [set = ''] = made.headers.getSetCookie()
  assert.match(
    set,
    /^souk_refresh=[\w.-]+; Max-Age=2592000; Path=\/api\/v1\/token\/; HttpOnly; Secure; SameSite=Strict$/,
  )
  const cookie = set.split(';')[0] ?? ''
  const post = (target: string, headers: Record<string, string>, body: object = {}) =>
    house.call('POST', target, { body, headers: { cookie, ...headers } })

  const both = { refresh: cookie.split('=')[1] }
  for (const target of [path.refresh, `${path.refresh}?cookie=1`])
    assert.equal((await post(target, own, both)).status, 400)
  const turned = await post(`${path.refresh}?cookie=1`, own)
  assert.deepEqual(Object.keys(turned.body), ['access'])
  const next = turned.headers.getSetCookie()[0] ?? ''
  assert.notEqual(next, set)
  const out = await house.call('POST', '/api/v1/token/revoke/?cookie=1', {
    body: {},
    headers: { ...own, cookie: next.split(';')[0] ?? '' },
  })
  assert.equal(out.status, 204)
  assert.match(out.headers.getSetCookie()[0] ?? '', /^souk_refresh=; Max-Age=0;/)
  assert.equal((await post(`${path.refresh}?cookie=1`, own)).status, 401)
})

test('a cookie is taken from our own pages and allowed origins only', async () => {
  const ada = await house.person()
  const cookie = `souk_refresh=${ada.refresh}`
  const tried = async (headers: Record<string, string>) => {
    const all = { cookie, ...headers }
    return (await house.call('POST', `${path.refresh}?cookie=1`, { body: {}, headers: all })).status
  }
  const origin = 'http://localhost'
  for (const bad of [
    {},
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin, 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    { origin: 'http://localhost:81', 'sec-fetch-site': 'same-site' },
    { origin: 'https://shop.example.com.evil.example' },
  ])
    assert.equal(await tried({ ...bad }), 403, JSON.stringify(bad))
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])
    assert.notEqual(await tried({ ...own, 'content-type': type }), 200)
  assert.equal(await tried({ ...own }), 200)
  assert.equal(await tried({ origin }), 200)
  assert.equal(await tried({ 'sec-fetch-site': 'same-origin' }), 200)
  const allowed = { origin: 'https://shop.example.com', 'sec-fetch-site': 'same-site' }
  assert.equal(await tried(allowed), 200)
})

test('a sign-in from another site plants no cookie', async () => {
  const ada = await house.person()
  const body = { email: ada.email, password: ada.password }
  const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  const reply = await house.call('POST', `${path.token}?cookie=1`, { body, headers })
  assert.equal(reply.status, 403)
  assert.equal(reply.body.code, 'cross_site')
  assert.deepEqual(reply.headers.getSetCookie(), [])
})
