import assert from 'node:assert/strict'
import { after, afterEach, before, mock, test } from 'node:test'
import { amount, measured } from '../../shared/testing/proof.ts'
import { until } from '../../shared/testing/until.ts'
import { placeOf, turnOf } from './guesses.ts'
import { hashesSpent } from './hashing.ts'
import { rememberPlace } from './queries/sessions.ts'
import { anyAddress, type House, newPassword, openHouse, patiently } from './testing/house.ts'

const GUESSES = amount(10_000, 2_000)
const ADDRESSES = 200

let house: House

before(async () => {
  // Of this process alone: a Redis has a clock of its own. guesses-redis.test.ts is with one.
  house = await openHouse([], { REDIS_URL: '' })
})
after(() => house.shop.close())
afterEach(() => mock.timers.reset())

const addresses = Array.from({ length: ADDRESSES }, (_, at) => `10.7.${at >> 5}.${at & 31}`)

/** Wrong guesses from all addresses in turn, many at once; the statuses that came. */
async function attack(email: string, count: number): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  let at = 0
  const guess = async () => {
    while (at < count) {
      const from = addresses[at++ % ADDRESSES] ?? ''
      const { status } = await house.signIn({ email, password: newPassword() }, { from })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: 50 }, guess))
  return statuses
}

test(`${GUESSES} guesses from ${ADDRESSES} addresses cost at most 60 hashes; the owner gets in`, async (t) => {
  const ada = await house.person()
  const home = anyAddress()
  await patiently(() => house.signIn(ada, { from: home }))
  const began = Date.now()
  const spent = hashesSpent()
  const statuses = await attack(ada.email, GUESSES)
  const cost = hashesSpent() - spent
  assert.ok(cost > 0 && cost <= 60, `${cost} hashes`)
  assert.equal(statuses.get(401), cost)
  // 503: no place among those who wait for a hash, or the machine is too busy altogether.
  assert.deepEqual(
    [...statuses.keys()].filter((it) => ![401, 429, 503].includes(it)),
    [],
  )
  measured(t, `${cost} hashes for ${GUESSES} guesses in ${Date.now() - began} ms`)

  assert.equal(
    (await patiently(() => house.signIn(ada, { from: home }))).status,
    200,
    'at home, at once',
  )

  const hotel = anyAddress()
  let now = Date.now()
  let reply = await patiently(() => house.signIn(ada, { from: hotel }))
  let waited = 0
  while (reply.status === 429) {
    const seconds = Number(reply.headers.get('retry-after'))
    waited += seconds
    assert.ok(seconds > 0 && waited <= 900, `elsewhere after ${waited} s`)
    now += seconds * 1000
    mock.timers.reset()
    mock.timers.enable({ apis: ['Date'], now })
    reply = await patiently(() => house.signIn(ada, { from: hotel }))
  }
  assert.equal(reply.status, 200)
})

test('emails that nobody has are throttled alike', async () => {
  const ada = await house.person()
  const seen: string[] = []
  for (const email of [ada.email, 'nobody-at-all@example.com']) {
    const from = anyAddress()
    const statuses: number[] = []
    for (let at = 0; at < 8; at++)
      statuses.push((await house.signIn({ email, password: newPassword() }, { from })).status)
    seen.push(statuses.join())
  }
  assert.deepEqual(seen, Array(2).fill('401,401,401,401,401,429,429,429'))
})

test('right passwords are not counted against the owner', async () => {
  const ada = await house.person()
  const from = anyAddress()
  for (let at = 0; at < 15; at++) assert.equal((await house.signIn(ada, { from })).status, 200)
})

test('where the owner was before, others get ten guesses and shut only that place', async () => {
  const ada = await house.person()
  const [cafe, home] = [anyAddress(), anyAddress()]
  for (const from of [cafe, home]) await house.signIn(ada, { from })
  const wrong = { ...ada, password: newPassword() }
  for (let at = 0; at < 10; at++)
    assert.equal((await house.signIn(wrong, { from: cafe })).status, 401)
  const refused = await house.signIn(ada, { from: cafe })
  assert.equal(refused.status, 429)
  const seconds = Number(refused.headers.get('retry-after'))
  assert.ok(seconds <= 900)
  assert.equal((await house.signIn(ada, { from: home })).status, 200)
  mock.timers.enable({ apis: ['Date'], now: Date.now() + seconds * 1000 })
  assert.equal((await house.signIn(ada, { from: cafe })).status, 200)
})

test('addresses that a client makes up count for nothing at the gateway', async () => {
  const ada = await house.person()
  const spent = hashesSpent()
  for (let at = 0; at < 40; at++)
    await house.call('POST', '/api/v1/token/', {
      door: 'gateway',
      body: { email: ada.email, password: newPassword() },
      headers: { 'x-forwarded-for': anyAddress(), 'x-real-ip': anyAddress() },
    })
  assert.equal(hashesSpent() - spent, 5)
})

test('one address cannot try one password on everybody', async () => {
  const from = anyAddress()
  const spent = hashesSpent()
  for (let at = 0; at < 80; at++)
    await house.signIn({ email: `user${at}@example.com`, password: 'correct-horse' }, { from })
  assert.equal(hashesSpent() - spent, 60)
})

test('the current password cannot be guessed with a stolen token', async () => {
  const ada = await house.person()
  const spent = hashesSpent()
  const guess = (current_password: string) =>
    house.call('DELETE', '/api/v1/users/', { as: ada, body: { current_password } })
  for (let at = 0; at < 15; at++) await guess(newPassword())
  assert.equal(hashesSpent() - spent, 10)
  assert.equal((await guess(ada.password)).status, 429)
})

test('every address has a turn within 15 minutes of any moment, and no turn is foreseen', () => {
  for (let at = 0; at < 500; at++) {
    const place = placeOf(anyAddress())
    const now = 1_800_000_000 + at * 137
    const { wait } = turnOf('ada@example.com', place, now)
    assert.ok(wait >= 0 && wait <= 900, String(wait))
    assert.equal(turnOf('ada@example.com', place, now + wait).wait, 0)
  }
})

test('too many sign-ins at once are 503, and nobody else waits for them', async () => {
  const ada = await house.guest()
  const people = await Promise.all(Array.from({ length: 80 }, () => house.guest()))
  // In process, where nothing but the queue refuses; all are known at this address.
  for (const { id } of people) await rememberPlace(id, placeOf('127.0.0.1'))
  let [done, over] = [0, 0]
  const flood = people.map(async ({ email }) => {
    const reply = await house.signIn({ email, password: newPassword() })
    if (reply.status === 401) done++
    else over++
    return reply
  })
  // 38 find a place at once, with two cores, and more as long as the rest are still on their way.
  await until(() => over >= 20)
  for (let at = 0; at < 5; at++)
    assert.equal((await house.call('GET', '/api/v1/users/me/', { as: ada })).status, 200)
  const doneMeanwhile = done
  const replies = await Promise.all(flood)
  const refused = replies.filter((it) => it.status === 503)
  assert.ok(refused.length >= 20, `${refused.length} refused`)
  assert.equal(done, 80 - refused.length)
  assert.ok(done > 30, `${done} looked at`)
  assert.ok(doneMeanwhile < done, `others were answered after ${doneMeanwhile} of ${done}`)
  for (const reply of refused) assert.equal(reply.headers.get('retry-after'), '2')
})
