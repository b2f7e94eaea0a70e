import { db } from './accounts.ts'

const { sql } = db

export type PublicJwk = { kty: 'EC'; crv: 'P-256'; x: string; y: string }

export type KeyRow = {
  kid: string
  public_jwk: PublicJwk
  sealed: Buffer
  /** RFC 3339. */
  signs_from: string
  /** Whether it signs already, by the database's clock; the newest of these is the current one. */
  has_begun: boolean
}

/** A key goes on being believed after the next one took over: the life of its last token, twice. */
const BELIEVED_AFTER_SECONDS = 600

/**
 * Keys that are believed, newest first: those to come, the current one, those just relieved. By the
 * clock, not by `now()`: a transaction that waited for another's key began before that key did.
 */
export async function listKeys(): Promise<KeyRow[]> {
  return sql<KeyRow>`
    select kid, public_jwk, sealed, signs_from, signs_from <= clock_timestamp() as has_begun
    from (select *, lead(signs_from) over (order by signs_from, kid) as relieved from signing_key)
    where relieved is null or relieved > now() - make_interval(secs => ${BELIEVED_AFTER_SECONDS})
    order by signs_from desc, kid desc`
}

/** One maker of keys at a time, until the transaction ends. */
export async function lockKeys(): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('souk.signing-keys'))`
}

export async function insertKey(
  key: { kid: string; publicJwk: PublicJwk; sealed: Buffer },
  secondsAhead: number,
): Promise<void> {
  await sql`
    insert into signing_key (kid, public_jwk, sealed, signs_from)
    values (${key.kid}, ${sql.json(key.publicJwk)}, ${key.sealed},
      now() + make_interval(secs => ${secondsAhead}))`
}

/** Days since the newest key was made; undefined when there is none. */
export async function newestKeyDays(): Promise<number | undefined> {
  const row = await sql<{ days: number | null }>`
    select (extract(epoch from now() - max(created_at)) / 86400)::float8 as days from signing_key`.one()
  return row?.days ?? undefined
}

/** Forgets keys that nobody needs to believe for a day. */
export async function deleteOldKeys(): Promise<void> {
  await sql`
    delete from signing_key where kid in (
      select kid from
        (select kid, lead(signs_from) over (order by signs_from, kid) as relieved from signing_key)
      where relieved < now() - interval '1 day')`
}

/** Takes keys out at once; tokens they signed are refused from the next look at the set on. */
export async function deleteKeysExcept(kid: string): Promise<void> {
  await sql`delete from signing_key where kid <> ${kid}`
}
