import type * as z from 'zod'
import type { Session } from '../model.ts'
import { type Account, db } from './accounts.ts'

const { sql } = db

/** Whose session it is, as access tokens tell it. */
export type Owner = {
  session_id: string
  account_id: string
  username: string
  is_staff: boolean
  is_superuser: boolean
  /** RFC 3339. */
  created_at: string
}

const owner = sql`s.id as session_id, a.id as account_id, a.username, a.is_staff, a.is_superuser,
  s.created_at`
/** Ends 30 days after the sign-in, or 14 days after its last use. */
const alive = sql`s.created_at > now() - interval '30 days'
  and s.last_used_at > now() - interval '14 days' and a.is_active`

/** An account can have this many; the one used longest ago makes room. */
const MOST_SESSIONS = 1000

/**
 * Opens a session and notes the sign-in; undefined when the account is not active, or its password
 * not the one that was verified, any more.
 */
export async function openSession(session: {
  id: string
  account: Pick<Account, 'id' | 'password_hash'>
  userAgent: string
  place: string
}): Promise<Owner | undefined> {
  const { id, account, userAgent, place } = session
  return sql<Owner>`
    with a as (
      update account set last_login = now()
      where id = ${account.id} and is_active and password_hash = ${account.password_hash}
      returning *
    ), k as (
      insert into known_place (account_id, place) select a.id, ${place} from a
      on conflict (account_id, place) do update set seen_at = now()
    ), s as (
      insert into session (id, account_id, user_agent) select ${id}, a.id, ${userAgent} from a
      returning *
    ), old as (
      delete from session where id in (
        select o.id from session o join a on a.id = o.account_id
        order by o.last_used_at desc, o.id desc offset ${sql.whole(MOST_SESSIONS - 1)})
    )
    select ${owner} from s join a on a.id = s.account_id`.one()
}

/** Remembers where an account was made, as a place of its owner. */
export async function rememberPlace(accountId: string, place: string): Promise<void> {
  await sql`insert into known_place (account_id, place) values (${accountId}, ${place})
    on conflict (account_id, place) do update set seen_at = now()`
}

/** Moves the counter on by one if it stands at `counter`: of any number at once, one wins. */
export async function advanceSession(id: string, counter: number): Promise<Owner | undefined> {
  return sql<Owner>`
    update session s set counter = s.counter + 1, last_used_at = now()
    from account a
    where s.id = ${id} and s.counter = ${counter} and a.id = s.account_id and ${alive}
    returning ${owner}`.one()
}

/** A living session, where its counter stands, and the seconds since that was last moved. */
export async function findSession(
  id: string,
): Promise<(Owner & { counter: number; seconds: number }) | undefined> {
  return sql<Owner & { counter: number; seconds: number }>`
    select ${owner}, s.counter, extract(epoch from now() - s.last_used_at)::float8 as seconds
    from session s join account a on a.id = s.account_id
    where s.id = ${id} and ${alive}`.one()
}

/** Ends a session; whose it was, or undefined if it had ended already. */
export async function endSession(id: string, accountId?: string): Promise<string | undefined> {
  const row = await sql<{ account_id: string }>`
    delete from session where id = ${id}
      and account_id = coalesce(${accountId ?? null}::uuid, account_id)
    returning account_id`.one()
  return row?.account_id
}

/** Ends all sessions of an account but one, or all; how many. */
export async function endSessions(accountId: string, exceptId?: string): Promise<number> {
  return sql`
    delete from session where account_id = ${accountId}
      and id is distinct from ${exceptId ?? null}::uuid`.run()
}

export async function listSessions(
  accountId: string,
  currentId: string,
  page: { limit: number; offset: number },
): Promise<{ count: number; results: z.output<typeof Session>[] }> {
  const whose = sql`from session s join account a on a.id = s.account_id
    where s.account_id = ${accountId} and ${alive}`
  const [total, results] = await Promise.all([
    sql<{ count: number }>`select count(*) ${whose}`.one(),
    sql<z.output<typeof Session>>`
      select s.id, s.created_at, s.last_used_at, s.user_agent, s.id = ${currentId} as current
      ${whose} order by s.last_used_at desc, s.id limit ${page.limit} offset ${page.offset}`,
  ])
  return { count: total?.count ?? 0, results }
}

/** Removes what has ended by itself, and places not seen for half a year. */
export async function sweep(): Promise<void> {
  await sql`delete from session s where s.created_at < now() - interval '30 days'
    or s.last_used_at < now() - interval '14 days'`
  await sql`delete from known_place where seen_at < now() - interval '180 days'`
}
