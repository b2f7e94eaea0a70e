import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { keysCommand } from './cli-keys.ts'
import { type Operator, userCommand } from './cli-user.ts'
import { keyRing } from './keys.ts'
import { auth } from './service.ts'
import { type House, newPassword, openHouse } from './testing/house.ts'

let house: House
const environment = { SU_NAME: 'first', SU_EMAIL: 'First@Example.com', SU_PASSWORD: newPassword() }

before(async () => {
  house = await openHouse([], environment)
})
after(() => house.shop.close())

/** Somebody who types these answers, and what they were shown. */
function typing(...answers: string[]) {
  const shown: string[] = []
  const next = async (question: string) => {
    shown.push(question)
    return answers.shift() ?? ''
  }
  const operator: Operator = { ask: next, askSecret: next, say: (text) => shown.push(text) }
  return { operator, shown }
}

test('the first superuser is made of the settings, once however many start at once', async () => {
  await Promise.all(Array.from({ length: 5 }, () => auth.prepare?.()))
  const { SU_EMAIL: email, SU_PASSWORD: password } = environment
  const reply = await house.signIn({ email, password })
  assert.equal(reply.status, 200)
  const me = await house.call('GET', '/api/v1/users/me/', { as: reply.body })
  const { username, is_staff, is_superuser } = me.body
  assert.deepEqual(
    { username, is_staff, is_superuser },
    { username: 'first', is_staff: true, is_superuser: true },
  )
  const { sql } = house.shop.db('auth')
  assert.equal(await sql`select 1 from account where is_superuser`.run(), 1)
  await sql`update account set email = 'other@example.com', username = 'other'`
  await auth.prepare?.()
  assert.equal(await sql`select 1 from account`.run(), 1, 'there is a superuser already')
})

test('an operator makes a user; the password is asked for twice', async () => {
  const username = `op${randomUUID().slice(0, 8)}`
  const [email, password] = [`${username}@example.com`, newPassword()]
  const { operator, shown } = typing(email, username, password, password)
  await userCommand(['create', '--staff'], operator)
  assert.deepEqual(shown.slice(0, 4), ['Email: ', 'Username: ', 'Password: ', 'Once more: '])
  const { body } = await house.signIn({ email, password })
  assert.equal((await house.call('GET', '/api/v1/users/', { as: body })).status, 200)

  const again = newPassword()
  await userCommand(['password', '--email', email.toUpperCase()], typing(again, again).operator)
  assert.equal((await house.call('GET', '/api/v1/users/', { as: body })).status, 401)
  assert.equal((await house.signIn({ email, password })).status, 401)
  assert.equal((await house.signIn({ email, password: again })).status, 200)
})

test('an operator is told what is wrong, and nothing is made', async () => {
  const make = (email: string, username: string, ...passwords: string[]) =>
    userCommand(['create', '--email', email, '--username', username], typing(...passwords).operator)
  const good = newPassword()
  await assert.rejects(make('a@example.com', 'x', good, newPassword()), /differ/)
  await assert.rejects(make('a@example.com', 'x', 'password123', 'password123'), /most common/)
  await assert.rejects(make('nobody', 'has space', good, good), /email .*\n.*username/s)
  await assert.rejects(userCommand(['create', '--password', good]), /password/)
  await assert.rejects(userCommand([]), /npm run user/)
  await assert.rejects(userCommand(['password', '--email', 'x@example.com']), /no such user/)
})

test('keys: a secret, a list, a rotation', async () => {
  const said: string[] = []
  const say = (text: string) => void said.push(text)
  await keysCommand(['secret'], say)
  assert.match(said.pop() ?? '', /^[\w-]{64}$/)
  const { signing } = await keyRing()
  await keysCommand(['rotate'], say)
  assert.match(said.pop() ?? '', /^[\w-]{43} is published; it signs in 10 minutes$/)
  await keysCommand(['list'], say)
  assert.equal(said.length, 2)
  assert.ok(said[1]?.startsWith(signing.kid))
  await keysCommand(['rotate', '--at-once'], say)
  await keysCommand(['list'], (text) => assert.ok(!text.startsWith(signing.kid)))
  await assert.rejects(keysCommand([]), /npm run keys/)
})
