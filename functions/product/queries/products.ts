import type { ProductChanges, ProductInput, Snapshot } from '../model.ts'
import { etag, imagePath, productJson, sql } from './shape.ts'

export type Shown = { text: string; etag: string }

export async function findProduct(id: number): Promise<Shown | undefined> {
  return sql<Shown>`
    select ${productJson} as text, ${etag} as etag
    from product_shown s join product_count n using (product_id) where product_id = ${id}`.one()
}

/** By its slug, or by one it had before. */
export async function findProductBySlug(slug: string): Promise<Shown | undefined> {
  return sql<Shown>`
    select ${productJson} as text, ${etag} as etag
    from product_shown s join product_count n using (product_id)
    where product_id = coalesce(
      (select id from product where slug = ${slug}),
      (select product_id from product_former_slug where slug = ${slug}))`.one()
}

/** What is told to other services; those that do not exist are left out. */
export async function snapshots(ids: readonly number[]): Promise<Snapshot[]> {
  return sql<Snapshot>`
    select p.id, p.id as product_id, p.version, p.name, p.price::text as price,
      ${imagePath} as image, p.stock_count
    from product p where p.id = any (${ids}::int[]) order by p.id`
}

export type Locked = Snapshot & { user_id: string; etag: string; categories: number[] }

/** A product with what its writers must know, locked until the transaction ends. */
export async function lockProduct(id: number): Promise<Locked | undefined> {
  // Two statements: the second sees what whoever held the lock has committed, links too.
  const there = await sql`select from product where id = ${id} for update`.run()
  if (there === 0) return undefined
  return sql<Locked>`
    select p.id, p.id as product_id, p.version, p.name, p.price::text as price,
      ${imagePath} as image, p.stock_count, p.user_id, ${etag} as etag,
      array(select category_id from product_category where product_id = p.id) as categories
    from product p join product_shown s on s.product_id = p.id where p.id = ${id}`.one()
}

/** The id of the new product: all of it in one statement, as all writers wait from here on. */
export async function insertProduct(
  { name, description, price, stock_count, barcode, categories, subcategories }: ProductInput,
  { slug, image, userId }: { slug: string; image: string | null; userId: string },
): Promise<number> {
  const made = await sql<{ id: number }>`
    with made as (
      insert into product (name, slug, description, price, image, stock_count, barcode, user_id)
      values (${name}, product_free_slug(${slug}, null), ${description}, ${price}, ${image},
        ${stock_count}, ${barcode}, ${userId})
      returning id
    ), in_categories as (
      insert into product_category (product_id, category_id)
      select id, unnest(${categories}::int[]) from made
    ), in_subcategories as (
      insert into product_subcategory (product_id, subcategory_id, category_id)
      select made.id, s.id, s.category_id
      from made, subcategory s where s.id = any (${subcategories}::int[]))
    insert into product_count (product_id) select id from made returning product_id as id`.one()
  return made?.id ?? 0
}

type Row = { image?: string | null; slug?: string } & Omit<
  ProductChanges,
  'categories' | 'subcategories' | 'image'
>

/** Writes the columns that are given; `slug` is the base of a new one. */
export async function updateProduct(id: number, row: Row): Promise<void> {
  const { slug, ...plain } = row
  const columns = Object.entries(plain).filter(([, value]) => value !== undefined)
  const parts = columns.map(([name, value]) => sql`${sql.identifier(name)} = ${value}`)
  if (slug !== undefined) parts.push(sql`slug = product_free_slug(${slug}, id)`)
  if (parts.length > 0) await sql`update product set ${sql.join(parts)} where id = ${id}`
}

export async function deleteProduct(id: number): Promise<void> {
  await sql`delete from product where id = ${id}`
}

/** Takes a product's mean rating from the review service, unless a newer one is known. */
export async function rateProduct(
  id: number,
  { mean, count, version }: { mean: string; count: number; version: number },
): Promise<void> {
  await sql`
    update product set rank = ${mean}, rating_count = ${count}, rating_version = ${version}
    where id = ${id} and rating_version < ${version}`
}
