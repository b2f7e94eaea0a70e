import type * as z from 'zod'
import type { AuditEntry } from '../model.ts'
import { db } from './accounts.ts'

const { sql } = db

/** Notes who did what to which account, in the transaction that does it. */
export async function note(
  action: string,
  accountId: string,
  actorId: string | null,
  detail: Record<string, unknown> = {},
): Promise<void> {
  await sql`
    insert into audit (account_id, actor_id, action, detail)
    values (${accountId}, ${actorId}, ${action}, ${sql.json(detail)})`
}

/** What was done to an account, the latest first. */
export async function listAudit(
  accountId: string,
  page: { limit: number; offset: number },
): Promise<{ count: number; results: z.output<typeof AuditEntry>[] }> {
  const [total, results] = await Promise.all([
    sql<{ count: number }>`select count(*) from audit where account_id = ${accountId}`.one(),
    sql<z.output<typeof AuditEntry>>`
      select e.id, e.at, e.action, e.detail,
        case when e.actor_id is not null
          then json_build_object('id', e.actor_id, 'username', a.username) end as actor
      from audit e left join account a on a.id = e.actor_id
      where e.account_id = ${accountId}
      order by e.id desc limit ${page.limit} offset ${page.offset}`,
  ])
  return { count: total?.count ?? 0, results }
}
