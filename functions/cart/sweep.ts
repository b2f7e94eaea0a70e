import { setTimeout as pause } from 'node:timers/promises'
import { database } from '../../shared/data/postgres.ts'
import { log } from '../../shared/runtime/log.ts'

const { sql, transaction } = database('cart')

const EVERY_MS = 10 * 60_000
const AT_ONCE = 500

/** What a sweep removed; undefined when another replica was at it. */
export type Swept = { guests: number; users: number; products: number } | undefined

/** Sweeps every ten minutes until aborted; in every replica, of which one at a time does it. */
export async function sweepCarts(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sweep().catch((error) => log.warn('carts could not be swept', { error }))
    const next = EVERY_MS * (0.9 + Math.random() * 0.2)
    await pause(next, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

/**
 * Removes guests' carts unused for 30 days, carts of deleted users, and what is remembered of
 * products that lie in no cart. In small transactions, whose lock ends with them.
 */
export async function sweep(): Promise<Swept> {
  const total = { guests: 0, users: 0, products: 0 }
  for (;;) {
    const some = await sweepSome()
    if (!some) return undefined
    total.guests += some.guests
    total.users += some.users
    total.products += some.products
    if (Math.max(some.guests, some.users, some.products) < AT_ONCE) return total
  }
}

function sweepSome(): Promise<Swept> {
  return transaction(async () => {
    const mine = await sql`select pg_try_advisory_xact_lock(hashtext('cart_sweep'))`.text()
    if (mine !== 't') return undefined
    const guests = await sql`
      delete from cart where id = any(array(
        select id from cart
         where user_id is null and updated_at < now() - interval '30 days'
         limit ${AT_ONCE} for update skip locked))`.run()
    const users = await sql`
      delete from cart where id = any(array(
        select c.id from cart c join deleted_user using (user_id)
         limit ${AT_ONCE} for update of c skip locked))`.run()
    await sql`delete from deleted_user where deleted_at < now() - interval '1 day'`.run()
    const products = await sql`
      delete from product where id = any(array(
        select id from product p
         where checked_at < now() - interval '1 day'
           and not exists (select from cart_line l where l.product_id = p.id)
         limit ${AT_ONCE} for update skip locked))`.run()
    return { guests, users, products }
  })
}
