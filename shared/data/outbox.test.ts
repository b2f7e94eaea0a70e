import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { withInvocation } from '../runtime/log.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { allowing, until } from '../testing/until.ts'
import { type Delivery, emit, once, outboxLag, revive } from './outbox.ts'
import { relay } from './outbox-relay.ts'
import { type Database, database } from './postgres.ts'

const folders = [fileURLToPath(new URL('./schema/', import.meta.url))]

let it: TestDatabase
let db: Database
let running: { stop: AbortController; done: Promise<void> }[] = []

before(async () => {
  it = await testDatabase('outbox', folders)
  db = it.db
})

beforeEach(() => db.sql`truncate souk_outbox, souk_inbox`.run())

afterEach(async () => {
  for (const { stop } of running) stop.abort()
  await Promise.all(running.map((one) => one.done))
  running = []
})

after(() => it.drop())

function start(deliver: (event: Delivery) => Promise<void>, on = db) {
  const stop = new AbortController()
  running.push({ stop, done: relay(on, deliver, { signal: stop.signal }) })
}

const put = (payload: unknown, to = 'product') =>
  db.transaction(() => emit(db, { topic: 'rating.changed', to, payload, key: '7' }))

test('an event arrives soon after its commit, with its trace, and leaves no row', async () => {
  const events: Delivery[] = []
  start(async (event) => void events.push(event))
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const started = performance.now()
  const id = await withInvocation(
    { requestId: 'r', functionName: 'f', service: 'review', traceparent },
    () => put({ mean: '4.5' }),
  )
  const [event] = await until(() => events.length && events)
  assert.ok(performance.now() - started < allowing(300), 'the commit woke the relay')
  assert.deepEqual(
    { ...event, createdAt: '' },
    {
      id,
      topic: 'rating.changed',
      to: 'product',
      payload: { mean: '4.5' },
      key: '7',
      traceparent,
      createdAt: '',
      attempts: 1,
    },
  )
  await until(async () => (await outboxLag(db)).waiting === 0)
})

test('no commit, no event; and none outside a transaction', async () => {
  const events: Delivery[] = []
  start(async (event) => void events.push(event))
  const rolledBack = db.transaction(async () => {
    await emit(db, { topic: 't', to: 'x', payload: 1 })
    throw new Error('no')
  })
  await assert.rejects(rolledBack, /^Error: no$/)
  await assert.rejects(emit(db, { topic: 't', to: 'x', payload: 1 }), /part of a transaction/)
  await put('real')
  await until(() => events.length)
  assert.deepEqual(
    events.map((event) => event.payload),
    ['real'],
  )
})

test('what the other side does not take comes again until it does; nothing is lost', async () => {
  const taken: unknown[] = []
  let calls = 0
  start(async ({ payload }) => {
    if (++calls <= 40) throw new Error('down')
    taken.push(payload)
  })
  await Promise.all(Array.from({ length: 30 }, (_, n) => put(n)))
  await until(() => taken.length === 30, 15)
  assert.equal(new Set(taken).size, 30)
  await until(async () => (await outboxLag(db)).waiting === 0)
})

test('several relays share the work and deliver each event once', async () => {
  const seen: unknown[] = []
  for (let n = 0; n < 3; n++) start(async ({ payload }) => void seen.push(payload))
  await db.transaction(async () => {
    for (let n = 0; n < 100; n++) await emit(db, { topic: 't', to: 'product', payload: n })
  })
  await until(async () => (await outboxLag(db)).waiting === 0)
  assert.equal(seen.length, 100)
  assert.equal(new Set(seen).size, 100)
})

test('a receiver that hangs does not hold up another', async () => {
  const gate = Promise.withResolvers<void>()
  let failures = 0
  const arrived: unknown[] = []
  start(async ({ to, payload }) => {
    if (to === 'well') return void arrived.push(payload)
    if (failures++ >= 20) await gate.promise
    throw new Error('ill')
  })
  await Promise.all(Array.from({ length: 60 }, (_, n) => put(n, 'ill')))
  await until(() => failures > 20, 10)
  await put('through', 'well')
  await until(() => arrived.length)
  gate.resolve()
})

test('a relay that died holds its events only until the claim runs out', async () => {
  await put('left')
  await db.sql`update souk_outbox set attempts = 1, due_at = now() + interval '0.3 s'`
  const events: Delivery[] = []
  start(async (event) => void events.push(event))
  await until(() => events.length)
  assert.equal(events[0]?.attempts, 2)
})

test('after 24 hours an event is given up, kept, counted, and can be sent again', async () => {
  await put('old')
  await db.sql`update souk_outbox set created_at = now() - interval '25 hours'`
  let isDown = true
  const events: Delivery[] = []
  start(async (event) => {
    if (isDown) throw new Error('still down')
    events.push(event)
  })
  await until(async () => (await outboxLag(db)).dead === 1)
  const row = await db.sql`select payload, last_error from souk_outbox`.one()
  assert.deepEqual(row, { payload: 'old', last_error: 'still down' })
  isDown = false
  assert.equal(await revive(db), 1)
  await until(() => events.length)
})

test('the database may go away and come back', async () => {
  const events: Delivery[] = []
  start(async (event) => void events.push(event), database('outbox'))
  await db.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`
  await until(async () => put('after').catch(() => undefined))
  await until(() => events.length)
})

test('an event that comes twice, or twice at once, is taken once; a failed taking is no taking', async () => {
  const id = crypto.randomUUID()
  let done = 0
  const work = async () => void done++
  await assert.rejects(
    once(db, id, () => Promise.reject(new Error('no'))),
    /^Error: no$/,
  )
  const results = await Promise.all(Array.from({ length: 5 }, () => once(db, id, work)))
  assert.deepEqual(results.sort(), [false, false, false, false, true])
  assert.equal(await once(db, id, work), false)
  assert.equal(done, 1)
})
