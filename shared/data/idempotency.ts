import { createHmac } from 'node:crypto'
import { fault } from '../http/errors.ts'
import { settings } from '../runtime/settings.ts'
import type { Database } from './postgres.ts'

/** An answer that can be given again. */
export type Repeatable = {
  status: number
  headers: Record<string, string>
  body: string | Buffer
  cookies?: string[]
}

export type IdempotencyRequest = {
  /** Who asks for what; keys of different scopes have nothing to do with each other. */
  scope: string
  key: string
  /** Everything that makes the request this request; only a MAC of it is stored. */
  fingerprint: string
}

type Row = {
  fingerprint: Buffer
  status: number
  headers: Record<string, string>
  cookies: string[] | null
  body: Buffer
  is_text: boolean
}

/**
 * Does `work` once for one key within 24 hours and gives its first answer again after that. Work
 * and answer are one transaction: there is either both or neither. Answers from 400 on leave no
 * other trace; those from 500 on, 429, and whatever `work` throws are not kept.
 * @throws Fault `idempotency_in_flight` while the first is running, `idempotency_mismatch` when
 * the key came with another request
 */
export async function idempotently(
  db: Database,
  { scope, key, fingerprint }: IdempotencyRequest,
  work: () => Promise<Repeatable>,
): Promise<{ replayed: boolean; result: Repeatable }> {
  const mac = createHmac('sha256', settings().secretKey).update(fingerprint).digest()
  const { sql } = db
  return db.transaction(async () => {
    const lock = JSON.stringify([scope, key])
    const mine = await sql`select pg_try_advisory_xact_lock(hashtextextended(${lock}, 0))`.text()
    if (mine !== 't') throw fault('idempotency_in_flight')
    const known = await sql<Row>`
      select fingerprint, status, headers, cookies, body, is_text from souk_idempotency
      where scope = ${scope} and key = ${key} and expires_at > now()`.one()
    if (known) {
      if (!known.fingerprint.equals(mac)) throw fault('idempotency_mismatch')
      return { replayed: true, result: again(known) }
    }
    const result = await db.savepoint(work, ({ status }) => status < 400)
    if (result.status < 500 && result.status !== 429) await keep(db, scope, key, mac, result)
    return { replayed: false, result }
  })
}

/** Deletes answers past their 24 hours; returns how many. */
export function sweep(db: Database): Promise<number> {
  return db.sql`delete from souk_idempotency where expires_at <= now()`.run()
}

async function keep(db: Database, scope: string, key: string, mac: Buffer, result: Repeatable) {
  const { status, headers, body, cookies } = result
  const { sql } = db
  await sql`
    insert into souk_idempotency
      (scope, key, fingerprint, status, headers, cookies, body, is_text, expires_at)
    values (${scope}, ${key}, ${mac}, ${status}, ${sql.json(headers)},
      ${cookies ? sql.json(cookies) : null}, ${Buffer.from(body)}, ${typeof body === 'string'},
      now() + interval '24 hours')
    on conflict (scope, key) do update set
      fingerprint = excluded.fingerprint, status = excluded.status, headers = excluded.headers,
      cookies = excluded.cookies, body = excluded.body, is_text = excluded.is_text,
      expires_at = excluded.expires_at`
}

function again({ status, headers, cookies, body, is_text }: Row): Repeatable {
  return {
    status,
    headers,
    body: is_text ? body.toString() : body,
    ...(cookies && { cookies }),
  }
}
