import { database } from '../../../shared/data/postgres.ts'
import type { User } from '../model.ts'

export const db = database('auth')
const { sql } = db

const columns = sql`a.id, a.email, a.username, a.is_active, a.is_staff, a.is_superuser,
  a.date_joined, a.last_login`

export type Account = User & { password_hash: string; name_version: number }

/** One statement and one row whether the email is known or not, so that both take the same time. */
export async function findForSignIn(
  email: string,
  place: string,
): Promise<{ account: Account | undefined; isKnownPlace: boolean }> {
  const row = await sql<Partial<Account> & { is_known_place: boolean }>`
    select ${columns}, a.password_hash, a.name_version, k.place is not null as is_known_place
    from (values (1)) as always (one)
    left join account a on a.email = ${email}
    left join known_place k on k.account_id = a.id and k.place = ${place}`.one()
  const { is_known_place: isKnownPlace = false, ...account } = row ?? {}
  const isFound = 'id' in account && account.id !== null
  return { account: isFound ? (account as Account) : undefined, isKnownPlace }
}

export async function findAccount(id: string): Promise<Account | undefined> {
  return sql<Account>`
    select ${columns}, a.password_hash, a.name_version from account a where a.id = ${id}`.one()
}

export async function findByEmail(email: string): Promise<Account | undefined> {
  return sql<Account>`
    select ${columns}, a.password_hash, a.name_version from account a
    where a.email = ${email}`.one()
}

/** As `findAccount`; nobody else changes it until the transaction ends. */
export async function lockAccount(id: string): Promise<Account | undefined> {
  return sql<Account>`
    select ${columns}, a.password_hash, a.name_version from account a where a.id = ${id}
    for update`.one()
}

export type NewAccount = {
  id: string
  email: string
  username: string
  passwordHash: string
  isStaff?: boolean
  isSuperuser?: boolean
}

/** The new user; undefined when the email or the username is taken. */
export async function insertAccount(account: NewAccount): Promise<User | undefined> {
  const { id, email, username, passwordHash, isStaff = false, isSuperuser = false } = account
  return sql<User>`
    insert into account as a (id, email, username, password_hash, is_staff, is_superuser)
    values (${id}, ${email}, ${username}, ${passwordHash}, ${isStaff}, ${isSuperuser})
    on conflict do nothing
    returning ${columns}`.one()
}

/** Which of the two another account has. */
export async function takenFields(
  email: string,
  username: string,
  exceptId: string,
): Promise<('email' | 'username')[]> {
  const rows = await sql<{ field: 'email' | 'username' }>`
    select 'email' as field from account where email = ${email} and id <> ${exceptId}
    union all
    select 'username' from account where username = ${username} and id <> ${exceptId}`
  return rows.map((row) => row.field)
}

export async function updateAccount(
  id: string,
  change: { email: string; username: string; passwordHash: string | undefined },
): Promise<(User & { name_version: number }) | undefined> {
  return sql<User & { name_version: number }>`
    update account a set
      email = ${change.email},
      username = ${change.username},
      password_hash = coalesce(${change.passwordHash ?? null}, a.password_hash),
      name_version = a.name_version + (a.username <> ${change.username})::int
    where a.id = ${id}
    returning ${columns}, a.name_version`.one()
}

export async function setPasswordHash(id: string, old: string, now: string): Promise<void> {
  await sql`update account set password_hash = ${now} where id = ${id} and password_hash = ${old}`
}

export async function setFlags(
  id: string,
  flags: { isActive?: boolean; isStaff?: boolean },
): Promise<User | undefined> {
  return sql<User>`
    update account a set
      is_active = coalesce(${flags.isActive ?? null}, a.is_active),
      is_staff = coalesce(${flags.isStaff ?? null}, a.is_staff)
    where a.id = ${id}
    returning ${columns}`.one()
}

export async function deleteAccount(id: string): Promise<void> {
  await sql`delete from account where id = ${id}`
}

/**
 * Whether an active superuser would be left without this one. Locks all of them, in one order, so
 * that two who remove each other at once cannot both be right.
 */
export async function isAnotherSuperuser(id: string): Promise<boolean> {
  const rows = await sql<{ id: string }>`
    select id from account where is_superuser and is_active order by id for update`
  return rows.some((row) => row.id !== id)
}

export async function isAnySuperuser(): Promise<boolean> {
  return (await sql`select 1 from account where is_superuser limit 1`.run()) > 0
}

/** A page of users, oldest first, and how many there are; JSON made by the database. */
export async function listAccounts(
  search: string | undefined,
  page: { limit: number; offset: number },
): Promise<{ count: number; results: User[] }> {
  const pattern = search && `%${search.replace(/[\\%_]/g, '\\$&')}%`
  const where = pattern ? sql`where a.email ilike ${pattern} or a.username ilike ${pattern}` : sql``
  const [total, results] = await Promise.all([
    sql<{ count: number }>`select count(*) from account a ${where}`.one(),
    sql<User>`
      select ${columns} from account a ${where}
      order by a.id limit ${page.limit} offset ${page.offset}`,
  ])
  return { count: total?.count ?? 0, results }
}
