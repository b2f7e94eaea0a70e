import { database } from '../../../shared/data/postgres.ts'
import { sql } from './shape.ts'

export type Product = { id: number; version: number; name: string }

/** Keeps what the product service said, unless something newer is known. */
export async function knowProducts(products: readonly Product[]): Promise<void> {
  await sql`
    insert into known_product as k (product_id, version, name)
    select * from unnest(
      ${products.map(({ id }) => id)}::int[], ${products.map(({ version }) => version)}::bigint[],
      ${products.map(({ name }) => name)}::text[])
    on conflict (product_id) do update set version = excluded.version, name = excluded.name
    where k.version < excluded.version and not k.deleted`
}

/** As `knowProducts`, but for good at once, whatever becomes of the transaction of the caller. */
export async function knowAtOnce({ id, version, name }: Product): Promise<void> {
  await database('review').outside(
    `insert into known_product as k (product_id, version, name) values ($1, $2, $3)
     on conflict (product_id) do update set version = excluded.version, name = excluded.name
     where k.version < excluded.version and not k.deleted`,
    [id, version, name],
  )
}

/** A deleted product stays known as such: its id is never given again. */
export async function forgetProduct(productId: number, version: number): Promise<void> {
  await sql`
    insert into known_product as k (product_id, version, name, deleted)
    values (${productId}, ${version}, '', true)
    on conflict (product_id) do update
    set version = greatest(k.version, excluded.version), deleted = true where not k.deleted`
}

/** Gives an author's reviews a new name, unless a newer one is known. In a transaction. */
export async function renameAuthor(userId: string, username: string, version: number) {
  const isNews = await sql`
    insert into author as a (user_id, username, version)
    values (${userId}, ${username}, ${version})
    on conflict (user_id) do update set username = excluded.username, version = excluded.version
    where a.version < excluded.version and not a.deleted`.run()
  // A statement of its own: it must see the reviews that were written while it waited for the row.
  if (isNews) await sql`update review set username = ${username} where user_id = ${userId}`
}

/** Takes an author's name and id off their reviews; the text stays. In a transaction. */
export async function forgetAuthor(userId: string): Promise<void> {
  await sql`
    insert into author as a (user_id, username, deleted) values (${userId}, null, true)
    on conflict (user_id) do update set username = null, deleted = true`
  await sql`update review set user_id = null, username = null where user_id = ${userId}`
}
