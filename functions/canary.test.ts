import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, mock, test } from 'node:test'
import { Redis } from 'ioredis'
import { closeCache } from '../shared/data/cache.ts'
import { paramKind } from '../shared/http/params.ts'
import type { Service } from '../shared/http/service.ts'
import { startRedis, type TestRedis } from '../shared/testing/redis.ts'
import type { Reply } from '../shared/testing/shop.ts'
import { type House, openHouse } from './auth/testing/house.ts'
import { services } from './catalog.ts'

const mark = `canary${randomBytes(6).toString('hex')}`
const ada = {
  email: `${mark}mail@example.com`,
  username: `u${randomBytes(6).toString('hex')}`,
  password: `${mark}Pw1-correct-horse`,
}
const second = `${mark}Pw2-battery-staple`

let redis: TestRedis
let house: House
const logs: string[] = []
const replies: { what: string; reply: Reply }[] = []
/** Parts of tokens that nobody can guess: who has them, has the session. */
const tokens = new Set<string>()

before(async () => {
  redis = await startRedis()
  const write = process.stdout.write.bind(process.stdout)
  mock.method(process.stdout, 'write', (chunk: string | Uint8Array, ...rest: never[]) => {
    if (typeof chunk !== 'string' || !chunk.startsWith('{"level"')) return write(chunk, ...rest)
    logs.push(chunk)
    return true
  })
  process.env.LOGGING_LVL = 'DEBUG'
  const others = services.filter((it) => it.name !== 'auth')
  house = await openHouse(others, { REDIS_URL: redis.url })
})
after(async () => {
  mock.restoreAll()
  await house.shop.close()
  await closeCache()
  await redis.stop()
})

async function call(method: string, path: string, options = {}): Promise<Reply> {
  const reply = await house.call(method, path, options)
  replies.push({ what: `${method} ${path}`, reply })
  for (const token of [reply.body?.access, reply.body?.refresh, cookieOf(reply)])
    if (token) tokens.add(token.split('.').at(-1))
  return reply
}

const cookieOf = (reply: Reply) =>
  /souk_refresh=([^;]+)/.exec(reply.headers.getSetCookie().join())?.[1]

async function live(): Promise<void> {
  const headers = { 'idempotency-key': mark }
  assert.equal((await call('POST', '/api/v1/users/', { body: ada, headers })).status, 201)
  await call('POST', '/api/v1/users/', { body: ada })
  await call('POST', '/api/v1/users/', { body: { ...ada, password: `${mark}` } })
  const { email, username, password } = ada
  let own = (await call('POST', '/api/v1/token/', { body: { email, password } })).body
  await call('POST', '/api/v1/token/', { body: { email, password: second } })
  await call('POST', '/api/v1/token/', { bytes: `{"email":"${email}","password":"${password}` })
  const cookie = await call('POST', '/api/v1/token/?cookie=1', {
    body: { email, password },
    headers: { 'sec-fetch-site': 'same-origin' },
  })
  const { refresh } = own
  for (let at = 0; at < 2; at++)
    own = (await call('POST', '/api/v1/token/refresh/', { body: { refresh: own.refresh } })).body
  const changed = await call('PUT', '/api/v1/users/', {
    as: own,
    body: { email, username, password: second, current_password: password },
  })
  assert.equal(changed.status, 200)
  for (const service of services as readonly Service[])
    for (const { contract } of Object.values(service.endpoints)) {
      const { method, access } = contract
      // Not by its owner: what the canary does to itself comes last.
      if (access === 'service' || (service.name === 'auth' && method === 'DELETE')) continue
      const path = contract.path.replace(/\{(\w+)\}/g, (_, name: string) => {
        const schema = contract.params?.[name]
        return schema && paramKind(schema) === 'uuid' ? randomUUID() : '1'
      })
      const query = `?email=${email}&password=${second}&access=${own.access}&search=${mark}`
      const body = method === 'GET' ? {} : { body: { email, password: second, token: own.access } }
      await call(method, path + query, {
        as: own,
        ...body,
        headers: { cookie: `souk_refresh=${cookieOf(cookie)}; x=${second}`, referer: own.access },
      })
    }
  await call('POST', '/api/v1/token/refresh/', { body: { refresh } })
  const last = await call('POST', '/api/v1/token/', { body: { email, password: second } })
  await call('GET', '/api/v1/users/me/sessions/', { as: last.body })
  await call('DELETE', '/api/v1/users/', { as: last.body, body: { current_password: 'wrong' } })
}

/** As it is, and as bytes are shown. */
function spellings(text: string): string[] {
  return [text, Buffer.from(text).toString('hex'), Buffer.from(text).toString('base64url')]
}

function holds(text: string, secret: string): boolean {
  return spellings(secret).some((it) => text.includes(it.replace(/.{2}$/, '')))
}

test('passwords, tokens and emails stay where they belong', async () => {
  await live()
  const secrets = [ada.password, second, ...tokens]
  assert.ok(tokens.size > 5 && logs.length > 20, `${tokens.size} tokens, ${logs.length} lines`)

  const lines = logs.filter((line) => [...secrets, ada.email].some((it) => holds(line, it)))
  assert.deepEqual(lines, [], 'logs')

  for (const { what, reply } of replies) {
    const text = `${[...reply.headers].join('\n')}\n${reply.text}`
    for (const secret of [ada.password, second]) assert.ok(!holds(text, secret), what)
    if (!/^POST \/api\/v1\/token\//.test(what))
      for (const token of tokens) assert.ok(!holds(text, token), what)
    if (!/ \/api\/v1\/users\//.test(what)) {
      // Links of a page repeat the query that was asked.
      const { next, previous, ...rest } = reply.body ?? {}
      assert.ok(!holds(JSON.stringify(rest), ada.email), what)
    }
  }

  const columns = new Set<string>()
  for (const { name } of services)
    for (const { column, value } of await dump(name)) {
      for (const secret of secrets) assert.ok(!holds(value, secret), `${name}: ${column}`)
      if (holds(value, ada.email)) columns.add(`${name}: ${column}`)
    }
  // The first answer to a registration is given again for a day.
  assert.deepEqual([...columns].sort(), ['auth: account.email', 'auth: souk_idempotency.body'])

  const entries = await cached()
  assert.ok(entries.length > 0)
  for (const entry of entries)
    for (const secret of [...secrets, ada.email]) assert.ok(!holds(entry, secret), 'cache')
})

/** Every value of every table of a service. */
async function dump(service: string): Promise<{ column: string; value: string }[]> {
  const pool = house.shop.db(service).pool()
  const { rows: tables } = await pool.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
  )
  const values: { column: string; value: string }[] = []
  for (const { name } of tables) {
    const { rows } = await pool.query<{ key: string; value: string | null }>(
      `select each.key, each.value from ${name} as t, jsonb_each_text(to_jsonb(t)) as each`,
    )
    for (const { key, value } of rows) values.push({ column: `${name}.${key}`, value: value ?? '' })
  }
  return values
}

/** Every key of Redis with all it holds. */
async function cached(): Promise<string[]> {
  const client = new Redis(redis.url)
  const keys = await client.keys('*')
  const values = await Promise.all(
    keys.map(async (key) => `${key} ${(await client.dumpBuffer(key))?.toString('latin1')}`),
  )
  client.disconnect()
  return values
}
