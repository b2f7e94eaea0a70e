import { database } from '../../shared/data/postgres.ts'
import { MAX_LINES, MAX_QUANTITY, type MergedLine } from './model.ts'
import { ensureUserCart } from './queries.ts'

const { sql, transaction } = database('cart')

/** `successor` is the guest cart that comes after; null when there was no cart to merge. */
export type Merge = { merged: MergedLine[]; successor: string | null }

/**
 * Adds the lines of a guest's cart to the user's and ends the guest's, once: whoever comes second
 * finds it ended, and is told what the first was told if it is the same user.
 */
export function merge(userId: string, cookieId: string): Promise<Merge> {
  return transaction(async () => {
    const userCart = await ensureUserCart(userId)
    const guest = await lockBoth(userCart, await living(cookieId))
    if (!guest) return { merged: [], successor: null }
    if (guest.successor !== null) {
      const isTheirs = guest.ended_by === userId
      return { merged: isTheirs ? (guest.merged ?? []) : [], successor: guest.successor }
    }
    const merged = await moveLines(guest.id, userCart)
    return { merged, successor: await end(guest.id, userId, merged) }
  })
}

/** The guest cart of a cookie that is to be merged: what came after it if that holds lines. */
async function living(cookieId: string): Promise<string> {
  const row = await sql<{ id: string }>`
    select s.id from cart g join cart s on s.id = g.successor
     where g.id = ${cookieId} and s.ended_at is null and s.line_count > 0`.one()
  return row?.id ?? cookieId
}

type Guest = {
  id: string
  ended_by: string | null
  successor: string | null
  merged: MergedLine[] | null
}

/** Locks both carts, always in the order of their ids. */
async function lockBoth(userCart: string, guestCart: string): Promise<Guest | undefined> {
  const rows = await sql<Guest>`
    select id, ended_by, successor, merged from cart
     where id = any(${[userCart, guestCart]}::uuid[])
     order by id for no key update`
  return rows.find(({ id }) => id === guestCart)
}

/**
 * Adds line by line up to what a line may hold; lines that the user's cart has no room for are told
 * with a quantity of 0. Both carts are locked, so nothing moves meanwhile.
 */
async function moveLines(guestCart: string, userCart: string): Promise<MergedLine[]> {
  return sql<MergedLine>`
    with both_carts as (
      select g.id, g.product_id, g.quantity, g.added_price, coalesce(u.quantity, 0) as had,
             count(*) filter (where u.quantity is null) over (order by g.id) as new_line
        from cart_line g
        left join cart_line u on u.cart_id = ${userCart} and u.product_id = g.product_id
       where g.cart_id = ${guestCart}
    ),
    planned as (
      select id, product_id, quantity as wanted, added_price,
             case when had > 0 then least(quantity, ${MAX_QUANTITY} - had)
                  when new_line <= ${MAX_LINES} - (select line_count from cart where id = ${userCart})
                  then quantity
                  else 0 end as quantity
        from both_carts
    ),
    put as (
      insert into cart_line (cart_id, product_id, quantity, added_price)
      select ${userCart}, product_id, quantity, added_price from planned
       where quantity > 0 order by id
      on conflict (cart_id, product_id) do update
        set quantity = cart_line.quantity + excluded.quantity
    )
    select product_id, quantity, quantity < wanted as capped from planned order by id`
}

/** Ends a guest's cart and names its successor, also for those that ended before it. */
async function end(guestCart: string, userId: string, merged: MergedLine[]): Promise<string> {
  await sql`delete from cart_line where cart_id = ${guestCart}`.run()
  const row = await sql<{ successor: string }>`
    update cart set ended_at = now(), ended_by = ${userId}, successor = cart_uuid(),
                    merged = ${sql.json(merged)}, updated_at = now()
     where id = ${guestCart} returning successor`.one()
  const successor = row?.successor ?? ''
  await sql`update cart set successor = ${successor} where successor = ${guestCart}`.run()
  return successor
}
