import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import pg from 'pg'
import { schemaFolders } from '../shared/data/migrate.ts'
import { emptyDatabase } from '../shared/testing/database.ts'
import { amount, measured } from '../shared/testing/proof.ts'
import { allowing } from '../shared/testing/until.ts'
import { startService } from './lab/processes.ts'

process.env.SECRET_KEY ??= randomBytes(32).toString('base64url')

const PROCESSES = amount(10, 3)
const TIMES = amount(3, 1)

test(`${PROCESSES} processes of the auth service start at once on an empty database, ${TIMES} times: each step and one key made once`, async (t) => {
  const steps = schemaFolders('auth').flatMap((it) => readdirSync(it))
  let slowest = 0
  for (let time = 0; time < TIMES; time++) {
    const { url, drop } = await emptyDatabase()
    const began = performance.now()
    const environment = { DATABASE_URL_AUTH: url, LOGGING_LVL: 'ERROR' }
    const processes = await Promise.all(
      Array.from({ length: PROCESSES }, () => startService('auth', environment)),
    )
    slowest = Math.max(slowest, performance.now() - began)
    const client = new pg.Client(url)
    await client.connect()
    const { rows } = await client.query(
      'select (select count(*) from souk_migration)::int as steps, (select count(*) from signing_key)::int as keys',
    )
    await client.end()
    const kids = await Promise.all(
      processes.map(async ({ url }) => (await fetch(`${url}/.well-known/jwks.json`)).text()),
    )
    await Promise.all(processes.map((it) => it.stop()))
    await drop()
    assert.deepEqual(rows, [{ steps: steps.length, keys: 1 }])
    assert.equal(new Set(kids).size, 1, 'all tell the same key')
    assert.deepEqual(
      processes.flatMap((it) => it.deaths),
      [],
    )
  }
  assert.ok(slowest <= allowing(15_000), `ready after ${slowest} ms`)
  measured(
    t,
    `${TIMES} × ${PROCESSES} processes on an empty database: ${steps.length} steps and one key once, all ready after ${(slowest / 1000).toFixed(1)} s`,
  )
})
