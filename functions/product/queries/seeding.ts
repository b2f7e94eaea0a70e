import type pg from 'pg'
import { db, sql, transaction } from './shape.ts'

export type Row = {
  name: string
  slug: string
  description: string
  price: string
  /** Name of a rendition in `media`. */
  image: string | null
  stock: number
  barcode: string
  views: number
  sales: number
  created: string
  /** By name, as are its subcategories; all must be there. */
  category: string
  subcategories: readonly string[]
}

type Tree = readonly { name: string; subcategories: readonly string[] }[]

/** Makes the categories and subcategories that are not there. */
export async function growTree(tree: Tree): Promise<void> {
  const pairs = tree.flatMap(({ name, subcategories }) =>
    subcategories.map((subcategory) => [name, subcategory] as const),
  )
  await transaction(async () => {
    await sql`
      insert into category (name)
      select name from unnest(${tree.map(({ name }) => name)}::text[]) with ordinality as t (name, at)
      where not exists (select from category c where lower(c.name) = lower(t.name)) order by at`
    await sql`
      insert into subcategory (category_id, name)
      select c.id, t.name
      from unnest(${pairs.map(([name]) => name)}::text[], ${pairs.map(([, name]) => name)}::text[])
        with ordinality as t (category, name, at)
      join category c on lower(c.name) = lower(t.category)
      where not exists (
        select from subcategory s where s.category_id = c.id and lower(s.name) = lower(t.name))
      order by at`
  })
}

/** Inserts products with links and counters in one statement, so that each trigger runs once. */
export async function insertMany(rows: readonly Row[], owner: string): Promise<void> {
  const column = <K extends keyof Row>(key: K) => rows.map((row) => row[key])
  // An array of arrays would have to be rectangular.
  const subcategories = rows.flatMap((row) => row.subcategories.map((name) => [row.slug, name]))
  await sql`
    with given as (
      select * from unnest(
        ${column('name')}::text[], ${column('slug')}::text[], ${column('description')}::text[],
        ${column('price')}::numeric[], ${column('image')}::text[], ${column('stock')}::int[],
        ${column('barcode')}::text[], ${column('views')}::bigint[], ${column('sales')}::bigint[],
        ${column('created')}::timestamptz[], ${column('category')}::text[])
      as t (name, slug, description, price, image, stock, barcode, views, sales, created, category)
    ), made as (
      insert into product (name, slug, description, price, image, stock_count, barcode, user_id,
        created_at, updated_at)
      select name, slug, description, price, image, stock, barcode, ${owner}::uuid, created, created
      from given
      returning id, slug
    ), counted as (
      insert into product_count (product_id, popularity, sales_count)
      select made.id, views, sales from made join given using (slug)
    ), linked as (
      insert into product_category (product_id, category_id)
      select made.id, c.id from made join given using (slug)
      join category c on lower(c.name) = lower(given.category)
      returning product_id, category_id)
    insert into product_subcategory (product_id, subcategory_id, category_id)
    select made.id, s.id, s.category_id
    from unnest(${subcategories.map(([slug]) => slug)}::text[],
      ${subcategories.map(([, name]) => name)}::text[]) as t (slug, name)
    join made on made.slug = t.slug join linked on linked.product_id = made.id
    join subcategory s on s.category_id = linked.category_id and lower(s.name) = lower(t.name)`
}

export async function idsOfSlugs(slugs: readonly string[]): Promise<Map<string, number>> {
  const rows = await sql<{ id: number; slug: string }>`
    select id, slug from product where slug = any (${slugs}::text[])`
  return new Map(rows.map(({ id, slug }) => [slug, id]))
}

/** A free slug for each base, in order; for one writer who has the shop to itself. */
export async function freeSlugs(bases: readonly string[]): Promise<string[]> {
  const slugs = new Array<string>(bases.length)
  const taken = new Set<string>()
  let open = bases.map((_, at) => at)
  for (let number = 1; open.length > 0; number++) {
    const tried = (at: number) => (number === 1 ? bases[at] : `${bases[at]}-${number}`) ?? ''
    const rows = await sql<{ slug: string }>`
      select slug from product where slug = any (${open.map(tried)}::text[])
      union all
      select slug from product_former_slug where slug = any (${open.map(tried)}::text[])`
    for (const { slug } of rows) taken.add(slug)
    open = open.filter((at) => {
      const slug = tried(at)
      if (taken.has(slug)) return true
      taken.add(slug)
      slugs[at] = slug
      return false
    })
  }
  return slugs
}

/** A number that differs while products are added, so that a second lot is another one. */
export async function nextSeed(): Promise<number> {
  const row = await sql<{
    seed: number
  }>`select coalesce(max(id), 0) + 1 as seed from product`.one()
  return row?.seed ?? 1
}

/**
 * Lets the planner know what has come, and index scans that all may see it; autovacuum would, some
 * minutes later. On a connection of its own, as it takes longer than any answer may.
 */
export async function refreshStatistics(): Promise<void> {
  const connection = await db.pool().connect()
  const seconds = 600
  try {
    await connection.query(`set statement_timeout = '${seconds}s'`)
    const text =
      'vacuum (analyze) product, product_count, product_category, product_subcategory, product_shown'
    // Of the client's own patience; the types do not know it.
    await connection.query({ text, query_timeout: seconds * 1000 } as pg.QueryConfig)
  } finally {
    // Not given back: it has a limit that nobody else must meet.
    connection.release(true)
  }
}
