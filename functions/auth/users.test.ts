import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { anyAddress, type House, newPassword, openHouse, type Person } from './testing/house.ts'

let house: House
let ada: Person
let bob: Person
let staff: Person
let root: Person

before(async () => {
  house = await openHouse()
  ;[ada, bob] = [await house.person(), await house.person()]
  staff = await house.person({ staff: true })
  root = await house.person({ staff: true, superuser: true })
})
after(() => house.shop.close())

const users = '/api/v1/users/'
const fresh = () => {
  const username = `n${randomUUID().slice(0, 13)}`
  return { email: `${username}@example.com`, username, password: newPassword() }
}
const rename = (person: Person) => ({ email: person.email, username: person.username })

for (const door of ['process', 'host', 'gateway'] as const)
  test(`${door}: registers a user and says nothing of the password`, async () => {
    const user = fresh()
    const made = await house.call('POST', users, { door, body: user })
    assert.equal(made.status, 201, made.text)
    assert.deepEqual(Object.keys(made.body).sort(), [
      ...['date_joined', 'email', 'id', 'is_active', 'is_staff', 'is_superuser'],
      ...['last_login', 'username'],
    ])
    assert.equal(made.body.is_staff, false)
    assert.match(made.body.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    assert.equal(made.headers.get('location'), `/api/v1/users/${made.body.id}/`)
    const row = await house.shop.db('auth').sql<{ password_hash: string }>`
      select password_hash from account where id = ${made.body.id}`.one()
    assert.match(row?.password_hash ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })

test('100 registrations of one email in many spellings at once make one user', async () => {
  const { email } = fresh()
  const spellings = [email, email.toUpperCase(), email.replace('@', '\uff20'), ` ${email}`]
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_, at) =>
      house.call('POST', users, {
        body: { ...fresh(), email: spellings[at % spellings.length] },
        from: anyAddress(),
      }),
    ),
  )
  const count = (status: number) => replies.filter((it) => it.status === status).length
  assert.equal(count(201), 1)
  assert.equal(count(201) + count(409) + count(503), 100)
  for (const reply of replies.filter((it) => it.status === 409))
    assert.deepEqual(reply.body.errors, [{ field: 'email', message: 'is taken' }])
})

test('says of email and username at once that they are taken', async () => {
  const reply = await house.call('POST', users, { body: { ...fresh(), ...rename(ada) } })
  assert.equal(reply.status, 409)
  assert.equal(reply.body.code, 'already_exists')
  assert.deepEqual(reply.body.errors.map((it: { field: string }) => it.field).sort(), [
    'email',
    'username',
  ])
})

test('takes an Idempotency-Key', async () => {
  const body = fresh()
  const headers = { 'idempotency-key': randomUUID() }
  const [one, two] = [
    await house.call('POST', users, { body, headers: { ...headers } }),
    await house.call('POST', users, { body, headers: { ...headers } }),
  ]
  assert.equal(one?.status, 201)
  assert.equal(two?.text, one?.text)
})

test('refuses weak passwords, bad names and fields that nobody may set, all at once', async () => {
  const bad = async (change: object, ...fields: string[]) => {
    const { status, body } = await house.call('POST', users, { body: { ...fresh(), ...change } })
    assert.equal(status, 400, JSON.stringify(change))
    assert.deepEqual(
      body.errors.map((it: { field: string }) => it.field),
      fields,
      JSON.stringify(change),
    )
  }
  for (const password of ['short-one', 'password123', 'Sunshine2024!', 'P4ssw0rd!!!', '1234567890'])
    await bad({ password }, 'password')
  for (const password of ['aaaaaaaaaaaa', 'abcdefghijkl', 'qwertyuiop', 'x'.repeat(129)])
    await bad({ password }, 'password')
  await bad({ email: 'grace@example.com', password: 'grace-12345' }, 'password')
  await bad({ username: 'gracehopper', password: 'grace.hoper99' }, 'password')
  await bad({ username: 'has space' }, 'username')
  await bad({ email: 'nobody', username: '', password: 'x' }, 'email', 'username', 'password')
  for (const key of ['is_staff', 'is_superuser', 'id', 'date_joined', 'constructor'])
    await bad({ [key]: true }, key)
  const polluting = `{"email":"a@example.com","username":"a","password":"x","__proto__":{"a":1}}`
  const reply = await house.call('POST', users, { bytes: polluting })
  assert.equal(reply.status, 400)
})

test('every other character of a password counts', async () => {
  for (const password of ['🐘🐘🐘 trumpet in C', ' leading and trailing ', 'Ünïcödé-µ-пароль']) {
    const user = { ...fresh(), password }
    assert.equal((await house.call('POST', users, { body: user })).status, 201)
    assert.equal((await house.signIn(user)).status, 200)
    assert.equal((await house.signIn({ ...user, password: `${password} ` })).status, 401)
  }
})

test('lists users for staff, finds by part of email or name, takes wildcards for themselves', async () => {
  const list = (query: string) => house.call('GET', users + query, { as: staff })
  const all = await list('?limit=2')
  assert.equal(all.status, 200)
  assert.equal(all.body.results.length, 2)
  assert.match(all.body.next, /offset=2/)
  assert.equal(all.headers.get('cache-control'), 'private, no-store')
  const found = await list(`?search=${ada.username.slice(2, 9).toUpperCase()}`)
  assert.deepEqual(
    found.body.results.map((it: { id: string }) => it.id),
    [ada.id],
  )
  assert.equal((await list('?search=%25')).body.count, 0)
  assert.equal((await list('?search=%5C')).body.count, 0)
  assert.equal((await list('?search=')).body.count, all.body.count)
  assert.equal((await list('?limit=1e9')).status, 400)
  assert.equal((await list('?offset=-1')).status, 400)
})

test('somebody else is as absent as nobody', async () => {
  const strip = (text: string) => text.replace(/"(instance|request_id)":"[^"]*"/g, '')
  const missing = randomUUID()
  for (const [method, body] of [
    ['GET', undefined],
    ['POST', { action: 'deactivate' }],
    ['PUT', fresh()],
    ['DELETE', {}],
  ] as const) {
    const options = body ? { as: ada, body } : { as: ada }
    const there = await house.call(method, `${users}${bob.id}/`, options)
    const not = await house.call(method, `${users}${missing}/`, options)
    assert.equal(there.status, 404, method)
    assert.equal(strip(there.text), strip(not.text))
    assert.deepEqual([...there.headers.keys()], [...not.headers.keys()])
  }
  assert.equal((await house.call('GET', `${users}${bob.id}/`, { as: bob })).status, 200)
  assert.equal((await house.call('GET', `${users}${bob.id}/`, { as: staff })).status, 200)
})

test('a change of email or password needs the current password', async () => {
  const eve = await house.person()
  const put = (body: object) => house.call('PUT', users, { as: eve, body })
  assert.equal((await put({ ...rename(eve), username: `${eve.username}x` })).status, 200)
  for (const change of [{ email: fresh().email }, { password: newPassword() }]) {
    const bare = await put({ ...rename(eve), ...change })
    assert.equal(bare.status, 403)
    assert.equal(bare.body.code, 'wrong_password')
    const wrong = await put({ ...rename(eve), ...change, current_password: newPassword() })
    assert.equal(wrong.status, 403)
  }
  const email = fresh().email
  const changed = await put({ ...rename(eve), email, current_password: eve.password })
  assert.equal(changed.status, 200)
  assert.equal(changed.body.email, email)
  const taken = await put({ ...rename(eve), email, username: bob.username })
  assert.deepEqual(taken.body.errors, [{ field: 'username', message: 'is taken' }])
})

test('a new password ends every other session and leaves this one', async () => {
  const eve = await house.person()
  const second = { ...eve, ...(await house.signIn(eve)).body }
  const password = newPassword()
  const body = { ...rename(eve), password, current_password: eve.password }
  assert.equal((await house.call('PUT', users, { as: second, body })).status, 200)
  assert.equal((await house.call('GET', `${users}me/`, { as: second })).status, 200)
  assert.equal((await house.call('GET', `${users}me/`, { as: eve })).status, 401)
  const refresh = (token: string) =>
    house.call('POST', '/api/v1/token/refresh/', { body: { refresh: token } })
  assert.equal((await refresh(eve.refresh)).status, 401)
  assert.equal((await refresh(second.refresh)).status, 200)
  assert.equal((await house.signIn(eve)).status, 401)
  assert.equal((await house.signIn({ ...eve, password })).status, 200)
})

test('staff manage customers; only superusers manage staff and rights', async () => {
  const eve = await house.person()
  const other = await house.person({ staff: true })
  const act = (as: Person, on: Person, action: string) =>
    house.call('POST', `${users}${on.id}/`, { as, body: { action } })
  assert.equal((await act(staff, eve, 'grant_staff')).status, 403)
  assert.equal((await act(staff, other, 'deactivate')).status, 403)
  const body = { ...rename(other), password: newPassword() }
  assert.equal((await house.call('PUT', `${users}${other.id}/`, { as: staff, body })).status, 403)
  assert.equal((await house.call('DELETE', `${users}${other.id}/`, { as: staff })).status, 403)
  assert.equal((await act(eve, eve, 'deactivate')).status, 403)
  assert.equal((await act(eve, eve, 'grant_staff')).status, 403)

  assert.equal((await act(staff, eve, 'deactivate')).body.is_active, false)
  assert.equal((await house.call('GET', `${users}me/`, { as: eve })).status, 401)
  assert.equal((await house.signIn(eve)).status, 401)
  assert.equal((await act(staff, eve, 'activate')).body.is_active, true)
  const back = { ...eve, ...(await house.signIn(eve)).body }
  assert.equal((await act(root, eve, 'grant_staff')).body.is_staff, true)
  assert.equal(
    (await house.call('GET', users, { as: back })).status,
    403,
    'the token says customer',
  )
  assert.equal((await act(root, eve, 'revoke_staff')).body.is_staff, false)
  assert.equal((await act(back, eve, 'revoke_sessions')).status, 200)
  assert.equal((await house.call('GET', `${users}me/`, { as: back })).status, 401)
})

test('rights that were taken away are gone at once', async () => {
  const eve = await house.person({ staff: true })
  assert.equal((await house.call('GET', users, { as: eve })).status, 200)
  const body = { action: 'revoke_staff' }
  await house.call('POST', `${users}${eve.id}/`, { as: root, body })
  assert.equal((await house.call('GET', users, { as: eve })).status, 403)
  const other = await house.person({ staff: true })
  const { refresh } = other
  await house.call('POST', '/api/v1/token/revoke/', { body: { refresh } })
  assert.equal((await house.call('GET', users, { as: other })).status, 401)
})

test('a user goes with everything, by password or soon after the sign-in', async () => {
  const eve = await house.person()
  const gone = (body: object, path = users) => house.call('DELETE', path, { as: eve, body })
  assert.equal((await gone({})).status, 400)
  assert.equal((await gone({ current_password: newPassword() })).status, 403)
  const { sql } = house.shop.db('auth')
  await sql`update session set created_at = now() - interval '16 minutes'
    where account_id = ${eve.id}`
  const own = `${users}${eve.id}/`
  assert.equal((await gone({}, own)).status, 403)
  await sql`update session set created_at = now() where account_id = ${eve.id}`
  assert.equal((await gone({ current_password: newPassword() }, own)).status, 403)
  assert.equal((await gone({}, own)).status, 204)
  assert.equal((await gone({}, own)).status, 401)
  const reply = await house.call('POST', '/api/v1/token/refresh/', {
    body: { refresh: eve.refresh },
  })
  assert.equal(reply.status, 401)
  assert.equal((await house.call('GET', own, { as: root })).status, 404)
  const left = await sql<{ topic: string; target: string }>`
    select topic, target from souk_outbox where key = ${eve.id} order by target`
  assert.deepEqual(
    left.map((it) => `${it.topic} → ${it.target}`),
    ['user.deleted → cart', 'user.deleted → review'],
  )
})

test('a new name reaches the review service with a greater version each time', async () => {
  const eve = await house.person()
  for (const username of [`${eve.username}a`, `${eve.username}a`, `${eve.username}b`])
    await house.call('PUT', users, { as: eve, body: { email: eve.email, username } })
  const events = await house.shop.db('auth').sql<{ payload: unknown; target: string }>`
    select payload, target from souk_outbox where key = ${eve.id} order by payload->'version'`
  assert.deepEqual(events, [
    {
      target: 'review',
      payload: { user_id: eve.id, username: `${eve.username}a`, version: 2 },
    },
    {
      target: 'review',
      payload: { user_id: eve.id, username: `${eve.username}b`, version: 3 },
    },
  ])
})

test('the last superuser stays, also when two remove each other at once', async () => {
  const { sql } = house.shop.db('auth')
  for (let round = 0; round < 10; round++) {
    await sql`update account set is_superuser = (id = ${root.id}), is_active = true`
    const other = await house.person({ staff: true, superuser: true })
    const remove = (as: Person, on: Person) =>
      round % 2
        ? house.call('DELETE', `${users}${on.id}/`, { as, from: anyAddress() })
        : house.call('POST', `${users}${on.id}/`, {
            as,
            body: { action: 'deactivate' },
            from: anyAddress(),
          })
    const replies = await Promise.all([remove(root, root), remove(other, other)])
    assert.deepEqual(
      replies.map((it) => Math.floor(it.status / 100)).sort(),
      [2, 4],
      replies.map((it) => it.text).join(),
    )
    const refused = replies.find((it) => it.status >= 400)
    assert.equal(refused?.body.code, 'last_superuser')
    const left = await sql`select 1 from account where is_superuser and is_active`.run()
    assert.equal(left, 1)
    if (!(await sql`select 1 from account where id = ${root.id} and is_active`.run()))
      root = await house.person({ staff: true, superuser: true })
    else root = { ...root, ...(await house.signIn(root, { from: anyAddress() })).body }
  }
})

test('superusers read who did what, also of the deleted', async () => {
  const eve = await house.person()
  const audit = (as: Person) => house.call('GET', `${users}${eve.id}/audit/`, { as })
  const body = { action: 'revoke_sessions' }
  await house.call('POST', `${users}${eve.id}/`, { as: staff, body })
  await house.call('DELETE', `${users}${eve.id}/`, { as: staff })
  assert.equal((await audit(staff)).status, 403)
  const seen = await audit(root)
  assert.equal(seen.status, 200, seen.text)
  assert.deepEqual(
    seen.body.results.map((it: { action: string; actor: unknown }) => [it.action, it.actor]),
    [
      ['delete', { id: staff.id, username: staff.username }],
      ['revoke_sessions', { id: staff.id, username: staff.username }],
      ['register', { id: eve.id, username: null }],
    ],
  )
  const missing = await house.call('GET', `${users}${randomUUID()}/audit/`, { as: root })
  assert.equal(missing.status, 404)
})
