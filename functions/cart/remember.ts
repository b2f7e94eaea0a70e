import { database } from '../../shared/data/postgres.ts'
import type { Product } from './model.ts'

const { sql } = database('cart')

/**
 * Stores what the product service said itself, in the order of ids, so that two who store the same
 * products wait for each other instead of locking each other out.
 */
export async function remember(products: readonly Product[], gone: readonly number[] = []) {
  const sorted = [...products].sort((a, b) => a.id - b.id)
  await sql`
    with gone as (
      update product set is_gone = true, checked_at = now()
       where id = any(${[...gone]}::integer[])
    )
    insert into product as known (id, version, name, price, image, stock_count)
    select p.id, p.version, p.name, p.price, p.image, p.stock_count
      from jsonb_to_recordset(${sql.json(sorted)}::jsonb) as p
           (id integer, version bigint, name text, price numeric, image text, stock_count integer)
    on conflict (id) do update
      set version = excluded.version, name = excluded.name, price = excluded.price,
          image = excluded.image, stock_count = excluded.stock_count, is_gone = false,
          checked_at = now()
      where excluded.version >= known.version`.run()
}

/** Takes over a change that an event tells, if the product lies in a cart and the event is news. */
export async function changeProduct(product: Product): Promise<void> {
  await sql`
    update product
       set version = ${product.version}, name = ${product.name}, price = ${product.price},
           image = ${product.image}, stock_count = ${product.stock_count}, is_gone = false,
           checked_at = now()
     where id = ${product.id} and version < ${product.version}`.run()
}

export async function dropProduct(id: number, version: number): Promise<void> {
  await sql`
    update product set is_gone = true, version = ${version}, checked_at = now()
     where id = ${id} and version < ${version}`.run()
}

/** Removes the user's cart, and keeps a late access token from leaving one behind. */
export async function forgetUser(userId: string): Promise<void> {
  await sql`insert into deleted_user (user_id) values (${userId}) on conflict do nothing`.run()
  await sql`delete from cart where user_id = ${userId}`.run()
}
